/** Files whose content is not what it was: login pages, other JSON, half of it, other orders. */

import { type Fetch, OpenAIBatch } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { codes, paidFor, roundsOf } from "../../_support/looks.ts";
import { intercept } from "../../_support/servers.ts";
import { sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, job: "night" };

/** What came instead of a file, and with which status. */
const WRONG: [string, string | null, number?][] = [
  ["a short login page", "<html>Log in</html>"],
  ["a long login page", `<html>\n${"<p>Log in</p>\n".repeat(2_000)}</html>`],
  ["{}", "{}"],
  ["an error", JSON.stringify({ error: { message: "No", code: "no" } })],
  ["a long error", JSON.stringify({ error: { message: "No".repeat(9_999) } })],
  ["null", "null"],
  ["[]", "[]"],
  ["another object", '{"id":"file-1","object":"file","bytes":3}'],
  ["no content", null, 204],
  ["nothing", ""],
];

type Purpose = "batch" | "batch_output";

/** Lets `rewrite` change the content of files; undefined leaves it. */
function rewriteContent(
  sim: Simulator,
  purpose: Purpose,
  rewrite: (text: string, times: number) => Response | undefined,
): Fetch {
  const times = new Map<string, number>();
  return intercept(sim, async (call) => {
    const response = await call.send();
    const [, id] = /\/files\/([^/]+)\/content$/.exec(call.path) ?? [];
    const file = sim.ledger.files.find((file) => file.id === id);
    if (!id || file?.purpose !== purpose) return response;
    times.set(id, (times.get(id) ?? 0) + 1);
    return rewrite(await response.clone().text(), times.get(id)!) ?? response;
  });
}

/** The first so many downloads of each file bring something else. */
function wrongAtFirst(
  sim: Simulator,
  purpose: Purpose,
  count: number,
  [, body, status = 200]: typeof WRONG[number],
): Fetch {
  return rewriteContent(
    sim,
    purpose,
    (_, times) => times > count ? undefined : new Response(body, { status }),
  );
}

function calc1FailsOnce({ custom_id, attempt, text }: SimulatedRequest) {
  return custom_id === "calc_1" && attempt === 1
    ? { status: 500, body: {} }
    : text;
}

for (const wrong of WRONG) {
  test(
    `${
      wrong[0]
    } instead of an output file is read again, and nothing is paid twice`,
    options,
    async () => {
      const sim = createSimulator();
      const fetch = wrongAtFirst(sim, "batch_output", 2, wrong);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(3), job);
      assert.deepEqual(codes(run.results), ["ok", "ok", "ok"]);
      assert.deepEqual(paidFor(sim, run.results), [1, 1, 1]);
      assert.deepEqual(run.results.map(({ attempts }) => attempts), [1, 1, 1]);
    },
  );

  test(
    `${
      wrong[0]
    } instead of an input file is read again, and attach gives every result`,
    options,
    async () => {
      const sim = createSimulator({ respond: calc1FailsOnce });
      await new OpenAIBatch(sim.options).submit(sums(3), job);
      const fetch = wrongAtFirst(sim, "batch", 2, wrong);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const attached = await client.attach("night");
      const run = await attached.results().collect();
      assert.deepEqual(codes(run.results), ["ok", "ok", "ok"]);
      assert.deepEqual(paidFor(sim, run.results), [1, 1, 1]);
    },
  );
}

test(
  "a login page for every input file: what is sent again comes from the caller's input",
  options,
  async () => {
    const sim = createSimulator({ respond: calc1FailsOnce });
    const fetch = wrongAtFirst(sim, "batch", Infinity, WRONG[0]!);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(3), job);
    assert.deepEqual(codes(run.results), ["ok", "ok", "ok"]);
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r1"]);
  },
);

test(
  "a login page for every input file: attach gives all answers, and what can't be sent again as input_unavailable",
  options,
  async () => {
    const sim = createSimulator({ respond: calc1FailsOnce });
    await new OpenAIBatch(sim.options).submit(sums(3), job);
    const fetch = wrongAtFirst(sim, "batch", Infinity, WRONG[0]!);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const attached = await client.attach("night");
    const run = await attached.results().collect();
    const outcome = run.results.map((result) => [
      result.id,
      result.ok ? "ok" : result.error.code,
    ]).toSorted();
    assert.deepEqual(outcome, [
      ["calc_0", "ok"],
      ["calc_1", "input_unavailable"],
      ["calc_2", "ok"],
    ]);
  },
);

test(
  "input files of a server that rewrites their JSON are taken, for the lines and ids are right",
  options,
  async () => {
    const sim = createSimulator({ respond: calc1FailsOnce });
    await new OpenAIBatch(sim.options).submit(sums(3), job);
    const fetch = rewriteContent(sim, "batch", (text) => {
      const lines = text.trim().split("\n").map((line) => {
        const { body, ...rest } = JSON.parse(line);
        return JSON.stringify({ body, ...rest });
      });
      return new Response(lines.join("\n"));
    });
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const attached = await client.attach("night");
    const run = await attached.results().collect();
    assert.deepEqual(codes(run.results), ["ok", "ok", "ok"]);
    assert.equal(run.get("calc_1")?.attempts, 2);
  },
);

for (
  const [kind, rewrite] of [
    ["a line twice", (lines: string[]) => [...lines, lines[0]]],
    ["a line less", (lines: string[]) => lines.slice(1)],
    [
      "lines without their bodies",
      (lines: string[]) =>
        lines.map((line) => line.replace('"body"', '"text"')),
    ],
  ] as [string, (lines: string[]) => string[]][]
) {
  test(
    `an input file that has ${kind} is not taken, whatever is asked again`,
    options,
    async () => {
      const sim = createSimulator({ respond: calc1FailsOnce });
      await new OpenAIBatch(sim.options).submit(sums(3), job);
      const fetch = rewriteContent(
        sim,
        "batch",
        (text) => new Response(rewrite(text.trim().split("\n")).join("\n")),
      );
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const attached = await client.attach("night");
      const { failed } = await attached.results().collect();
      assert.deepEqual(failed.map(({ error }) => error.code), [
        "input_unavailable",
      ]);
    },
  );
}

test(
  "a download that broke off is read on by id: lines that come in another order the next time are neither lost nor given twice",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = rewriteContent(sim, "batch_output", (text, times) => {
      const lines = text.trim().split("\n");
      const order = times === 1 ? lines.slice(0, 3) : lines.toReversed();
      return new Response(order.map((line) => `${line}\n`).join(""));
    });
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const stream = client.stream(sums(6), job);
    const ids: string[] = [];
    for await (const { id } of stream) ids.push(id);
    assert.deepEqual(ids.toSorted(), sums(6).map(({ id }) => id));
    assert.deepEqual(paidFor(sim, sums(6)), Array(6).fill(1));
    const { usage } = await client.run(sums(6), job);
    assert.deepEqual(stream.usage, usage);
  },
);

test(
  "a result file that is always shorter than it should be is taken in the end, and what it lacks is sent again",
  options,
  async () => {
    const sim = createSimulator();
    let first = "";
    const fetch = rewriteContent(sim, "batch_output", (text) => {
      first ||= text;
      if (text !== first) return undefined;
      return new Response(text.slice(0, text.indexOf("\n") + 1));
    });
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(3), job);
    assert.deepEqual(codes(run.results), ["ok", "ok", "ok"]);
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r1"]);
  },
);

test(
  "a login page for an output file that never goes away ends with an error, and nothing is sent again",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = wrongAtFirst(sim, "batch_output", Infinity, WRONG[0]!);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    await assert.rejects(
      client.run(sums(3), job),
      /The download of file-/,
    );
    assert.deepEqual(roundsOf(sim), ["p0.r0"]);
    const later = await new OpenAIBatch(sim.options).run(sums(3), job);
    assert.deepEqual(codes(later.results), ["ok", "ok", "ok"]);
  },
);
