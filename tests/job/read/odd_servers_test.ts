import {
  type Batch,
  type Fetch,
  OpenAIBatch,
  type OutputLine,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { codes, paidFor, roundsOf } from "../../_support/looks.ts";
import { rewriteBatches } from "../../_support/rewrite.ts";
import {
  errorAnswer,
  filenameOf,
  hidesInputs,
  losesFiles,
  rewriteLines,
} from "../../_support/servers.ts";
import { callsTo, sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 2, job: "night" };

function onceWrong({ custom_id, attempt, text }: SimulatedRequest) {
  return custom_id === "calc_1" && attempt === 1
    ? { status: 500, body: {} }
    : text;
}

/** Kinds of servers, each by what it makes of a batch. */
const kinds: [string, (batch: Batch) => object][] = [
  ["drops metadata", (batch) => ({ ...batch, metadata: null })],
  ["echoes other metadata", (batch) => ({ ...batch, metadata: { a: "b" } })],
  ["has null counts", (batch) => ({ ...batch, request_counts: null })],
  ["has no counts", ({ request_counts: _, ...batch }) => batch],
  ["has counts of 0 to the end", (batch) => ({
    ...batch,
    request_counts: { total: 0, completed: 0, failed: 0 },
  })],
  ["writes dates as text", (batch) => ({
    ...batch,
    ...Object.fromEntries(
      Object.entries(batch).filter(([key, value]) =>
        key.endsWith("_at") && value
      ).map(([key, value]) => [key, new Date(Number(value) * 1_000)]),
    ),
  })],
  ["says nothing of when things happened", (batch) => ({
    ...batch,
    completed_at: undefined,
    failed_at: undefined,
  })],
  ["shouts its statuses", (batch) => ({
    ...batch,
    status: batch.status.toUpperCase(),
  })],
  ["has {} for files that are not there", (batch) => ({
    ...batch,
    output_file_id: batch.output_file_id ?? {},
    error_file_id: batch.error_file_id ?? "",
  })],
];

for (const [kind, rewrite] of kinds) {
  test(
    `a server that ${kind} serves a whole job, its follow-up and its restart`,
    options,
    async () => {
      const sim = createSimulator({ respond: onceWrong });
      const fetch = rewriteBatches(sim.fetch, rewrite);
      const open = () => new OpenAIBatch({ ...sim.options, fetch });
      const run = await open().run(sums(5), job);
      assert.deepEqual(codes(run.results), Array(5).fill("ok"));
      const again = await open().run(sums(5), job);
      assert.deepEqual(again.results, run.results);
      const attached = await open().attach("night");
      const third = await attached.results().collect();
      assert.equal(third.succeeded.length, 5);
      assert.equal(await open().jobOf(run.batches[0]!.id), "night");
      assert.deepEqual(paidFor(sim, run.results), Array(5).fill(1));
      assert.equal(sim.ledger.batches.length, 4);
    },
  );
}

test(
  "a server that does not hand out input files gets follow-up rounds from the input",
  options,
  async () => {
    const sim = createSimulator({ respond: onceWrong });
    const client = new OpenAIBatch({ ...sim.options, fetch: hidesInputs(sim) });
    const run = await client.run(sums(5), job);
    assert.deepEqual(codes(run.results), Array(5).fill("ok"));
    assert.equal(run.get("calc_1")?.attempts, 2);
    assert.deepEqual(roundsOf(sim).toSorted(), [
      "p0.r0",
      "p0.r1",
      "p1.r0",
      "p2.r0",
    ]);
  },
);

test(
  "such a server gets them from a function that opens the input again, too",
  options,
  async () => {
    const sim = createSimulator({ respond: onceWrong });
    const client = new OpenAIBatch({ ...sim.options, fetch: hidesInputs(sim) });
    function* numbered() {
      yield* sums(5);
    }
    const run = await client.run(numbered, job);
    assert.equal(run.get("calc_1")?.attempts, 2);
    assert.deepEqual(codes(run.results), Array(5).fill("ok"));
  },
);

test(
  "without the input, what such a server left unanswered ends as input_unavailable, and all answers are given",
  options,
  async () => {
    const sim = createSimulator({ respond: onceWrong });
    await new OpenAIBatch(sim.options).submit(sums(5), job);
    const client = new OpenAIBatch({ ...sim.options, fetch: hidesInputs(sim) });
    const attached = await client.attach("night");
    const run = await attached.results().collect();
    assert.equal(run.succeeded.length, 4);
    assert.deepEqual(run.failed.map(({ id, error }) => [id, error.code]), [
      ["calc_1", "input_unavailable"],
    ]);
    const later = await new OpenAIBatch(sim.options).run(sums(5), job);
    assert.deepEqual(codes(later.results), Array(5).fill("ok"));
  },
);

/** Fails first files as a whole, and has no room for follow-ups as long as it is said to be full. */
function failsFirst(sim: Simulator, isFull: () => boolean): Fetch {
  const isLost = (id: string) => {
    const name = filenameOf(sim, id);
    return name.includes(".r0.") || (name.includes(".r1.") && isFull());
  };
  const message = "It failed.";
  const failing = losesFiles(sim, isLost, { code: "internal_error", message });
  return rewriteBatches(failing, (batch) => {
    const isFollowUp = batch.metadata?.offpeak?.includes(".r1.");
    if (!isFollowUp || batch.status !== "failed") return batch;
    const data = [{ code: "token_limit_exceeded", message }];
    return { ...batch, errors: { object: "list", data } };
  });
}

test(
  "a follow-up file that an earlier process left there is run, though it can't be read any more",
  options,
  async () => {
    const sim = createSimulator();
    let isFull = true;
    const server = failsFirst(sim, () => isFull);
    const first = new OpenAIBatch({ ...sim.options, fetch: server });
    const submitted = await first.submit(sums(2), job);
    while (roundsOf(sim).at(-1) !== "p0.r1") {
      const { wait } = await submitted.step();
      await sim.clock.advance(wait);
    }
    isFull = false;
    const isInput = (path: string) =>
      sim.ledger.files.some(({ id, purpose }) =>
        purpose === "batch" && path.endsWith(`/files/${id}/content`)
      );
    const fetch: Fetch = async (input, init) =>
      isInput(String(input))
        ? errorAnswer(403, "not_allowed")
        : await server(input, init);
    const second = new OpenAIBatch({ ...sim.options, fetch });
    const attached = await second.attach("night");
    const run = await attached.results().collect();
    assert.deepEqual(codes(run.results), ["ok", "ok"]);
    assert.deepEqual(paidFor(sim, run.results), [1, 1]);
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r1", "p0.r1"]);
  },
);

test(
  "an input that can be read once gives input_unavailable there as well",
  options,
  async () => {
    const sim = createSimulator({ respond: onceWrong });
    const client = new OpenAIBatch({ ...sim.options, fetch: hidesInputs(sim) });
    const run = await client.run(sums(5).values(), job);
    assert.deepEqual(codes(run.results), [
      "ok",
      "input_unavailable",
      "ok",
      "ok",
      "ok",
    ]);
  },
);

/** Runs a job on a server that rewrites its output lines. */
async function runWith(
  rewrite: (line: OutputLine) => unknown[],
  sim: Simulator = createSimulator(),
) {
  const fetch: Fetch = rewriteLines(sim, rewrite);
  const client = new OpenAIBatch({ ...sim.options, fetch });
  return await client.run(sums(6), { params, batchSize: 3 });
}

test(
  "unrequested lines are skipped, and do not count as answers",
  options,
  async () => {
    const run = await runWith((line) => [
      { ...line, custom_id: "somebody_else" },
      { ...line, custom_id: "__proto__" },
      line,
    ]);
    assert.deepEqual(
      run.values(),
      sums(6).map((_, i) => `1 + ${i} = ${i + 1}`),
    );
    assert.equal(run.get("somebody_else"), undefined);
  },
);

test("a line that comes twice is one result", options, async () => {
  const run = await runWith((line) => [line, line]);
  assert.equal(run.results.length, 6);
  assert.deepEqual(run.values(), sums(6).map((_, i) => `1 + ${i} = ${i + 1}`));
});

test(
  "answers find their requests by id in whatever order they come, however odd the ids are",
  options,
  async () => {
    const ids = ["10", "2", "__proto__", "constructor", "ü\u2028", "a b"];
    const sim = createSimulator({
      respond: ({ custom_id }) => `<${custom_id}>`,
    });
    const run = await new OpenAIBatch(sim.options).run(
      ids.map((id) => ({ id, content: "?" })),
      { params },
    );
    assert.deepEqual(run.results.map(({ id }) => id), ids);
    assert.deepEqual(run.values(), ids.map((id) => `<${id}>`));
  },
);

test(
  "a failure in the output file is a failure, and sent again where it may pass",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ custom_id, attempt }) => `${custom_id} ${attempt}`,
    });
    const run = await runWith(
      (line) =>
        JSON.stringify(line).includes("calc_1 1")
          ? [{ ...line, response: { ...line.response, status_code: 0 } }]
          : [line],
      sim,
    );
    assert.equal(run.succeeded.length, 6);
    assert.equal(run.get("calc_1")?.attempts, 2);
  },
);

test(
  "completed without an output file, because every request failed, is sent again like any other",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt, text }) =>
        attempt === 1 ? { status: 500, body: {} } : text,
    });
    const run = await new OpenAIBatch(sim.options).run(sums(4), job);
    assert.equal(run.batches[0]?.status, "completed");
    assert.equal(run.batches[0]?.output_file_id, null);
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [2, 2, 2, 2]);
    assert.deepEqual(codes(run.results), Array(4).fill("ok"));
  },
);

test(
  "file ids that appear minutes after completed are waited for, by a step too, and nothing is sent again",
  options,
  async () => {
    const sim = createSimulator({
      faults: { late_files: 1 },
      respond: onceWrong,
    });
    await new OpenAIBatch(sim.options).submit(sums(4), job);
    const attached = await new OpenAIBatch(sim.options).attach("night");
    for (let status = await attached.step(); !status.done;) {
      await sim.clock.advance(status.wait);
      status = await attached.step();
    }
    const run = await attached.results().collect();
    assert.equal(run.succeeded.length, 4);
    assert.deepEqual(paidFor(sim, run.results), [1, 1, 1, 1]);
    assert.equal(callsTo(sim, "POST", /\/batches$/), 3);
  },
);

test("other programs' files may have no name", options, async () => {
  const sim = createSimulator();
  const file = new File(["{}"], "others.jsonl");
  await new OpenAIBatch(sim.options).files.create({ file, purpose: "batch" });
  const fetch: Fetch = async (input, init) => {
    const response = await sim.fetch(input, init);
    if (!String(input).includes("/files?")) return response;
    const text = await response.text();
    return new Response(text.replace('"others.jsonl"', "null"), response);
  };
  const client = new OpenAIBatch({ ...sim.options, fetch });
  const run = await client.run(sums(2), job);
  assert.deepEqual(codes(run.results), ["ok", "ok"]);
});
