import assert from "node:assert/strict";
import test from "node:test";
import {
  type Batch,
  type Fetch,
  OpenAIBatch,
  type Result,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { rewriteBatches } from "../../_support/rewrite.ts";
import { refusesFiles } from "../../_support/servers.ts";
import { inputFiles } from "../../_support/sums.ts";

const options = { timeout: 60_000 };

type BatchErrors = NonNullable<NonNullable<Batch["errors"]>["data"]>;

/** Requests of which the server finds those wrong where `bad` says so. */
function sumsWith(count: number, bad: (i: number) => boolean) {
  return Array.from({ length: count }, (_, i) => ({
    id: `line-${i}`,
    content: `Calculate: 1 + ${i} = `,
    params: { model: "gpt-4o-mini", user: bad(i) ? "bad" : "good" },
  }));
}

/** What is refused here before it is sent can only be made wrong on its way. */
function clientOf(
  sim: Simulator,
  tell: (errors: BatchErrors) => BatchErrors = (errors) => errors,
): OpenAIBatch {
  const spoil: Fetch = async (input, init) => {
    if (!(init?.body instanceof Blob)) return await sim.fetch(input, init);
    const text = await init.body.text();
    const spoilt = text.replaceAll('"user":"bad"', '"stream":true');
    const body = new Blob([spoilt], { type: init.body.type });
    return await sim.fetch(input, { ...init, body });
  };
  const fetch = rewriteBatches(spoil, (batch) => {
    const data = batch.errors?.data;
    return data ? { ...batch, errors: { data: tell(data) } } : batch;
  });
  return new OpenAIBatch({ ...sim.options, fetch });
}

function outcomes(results: readonly Result[]): string[] {
  return results.map((result) => result.ok ? "ok" : result.error.message);
}

const REASON = "Chat Completions: Streaming is not supported in the Batch API.";

test(
  "a refused batch loses only the lines that it names, and the others no attempt",
  options,
  async () => {
    const sim = createSimulator();
    const { results, batches } = await clientOf(sim).run(
      sumsWith(6, (i) => i === 1 || i === 4),
      { maxAttempts: 1 },
    );
    assert.deepEqual(outcomes(results), [
      ...["ok", REASON, "ok", "ok", REASON, "ok"],
    ]);
    assert.deepEqual(results.map(({ attempts }) => attempts), Array(6).fill(1));
    assert.deepEqual(batches.map(({ status }) => status), [
      "failed",
      "completed",
    ]);
    assert.equal(inputFiles(sim), 2);
    assert.equal(sim.ledger.requests.length, 4);
  },
);

test(
  "the numbers of lines are those of the file that was refused",
  options,
  async () => {
    const sim = createSimulator();
    const said: string[] = [];
    const client = clientOf(sim, ([first]) => {
      const message = `${first!.message} (line ${first!.line})`;
      if (said.at(-1) !== message) said.push(message);
      return [{ ...first!, message }];
    });
    const bad = [2, 3, 5, 9];
    const { results, batches } = await client.run(
      sumsWith(10, (i) => bad.includes(i)),
    );
    assert.deepEqual(
      results.filter(({ ok }) => !ok).map(({ index }) => index),
      bad,
    );
    const numbers = [3, 3, 4, 7].map((line) => `${REASON} (line ${line})`);
    assert.deepEqual(
      outcomes(results).filter((outcome) => outcome !== "ok"),
      numbers,
    );
    assert.equal(batches.length, 5);
  },
);

test(
  "who attaches finds the same, and goes on with the others",
  options,
  async () => {
    const sim = createSimulator();
    const client = clientOf(sim);
    const { id } = await client.submit(sumsWith(6, (i) => i === 2));
    const job = await client.attach(id);
    const { results } = await job.results().collect();
    assert.deepEqual(
      results.map(({ id, ok }) => `${id} ${ok}`).sort(),
      Array.from({ length: 6 }, (_, i) => `line-${i} ${i !== 2}`),
    );
  },
);

for (
  const [what, tell] of [
    ...["model", "body.model", "url", "endpoint"].map((param) =>
      [
        `an error about ${param}`,
        (errors: BatchErrors) => errors.map((error) => ({ ...error, param })),
      ] as const
    ),
    [
      "an error beside it that names no line",
      (errors: BatchErrors) => [...errors, { code: "x", message: "All" }],
    ],
    [
      "an error about a line that is not there",
      (errors: BatchErrors) => errors.map((error) => ({ ...error, line: 99 })),
    ],
  ] as const
) {
  test(`${what} fails all requests of the batch`, options, async () => {
    const sim = createSimulator();
    const { results, batches } = await clientOf(sim, (e) => tell(e) as never)
      .run(sumsWith(4, (i) => i === 1));
    assert.deepEqual(outcomes(results), Array(4).fill(REASON));
    assert.equal(batches.length, 1);
    assert.equal(sim.ledger.requests.length, 0);
  });
}

test(
  "after twenty refusals of one part the rest fails with the last reason",
  options,
  async () => {
    const sim = createSimulator();
    const client = clientOf(sim, ([first]) => [first!]);
    const twenty = await client.run(sumsWith(30, (i) => i < 20));
    assert.equal(twenty.succeeded.length, 10);
    assert.equal(twenty.batches.length, 21);
    const more = await client.run(sumsWith(30, (i) => i < 21));
    assert.equal(more.succeeded.length, 0);
    assert.equal(more.batches.length, 21);
    assert.deepEqual(outcomes(more.results), Array(30).fill(REASON));
  },
);

test(
  "retry may change a line that was named, and it is asked with the others",
  options,
  async () => {
    const sim = createSimulator();
    const client = clientOf(sim);
    const { results, batches } = await client.run(sumsWith(4, (i) => i === 1), {
      retry: ({ ok }) => !ok && ({ stream: false } as object),
    });
    assert.ok(results.every(({ ok }) => ok));
    assert.deepEqual(results.map(({ attempts }) => attempts), [1, 2, 1, 1]);
    assert.equal(batches.length, 2);
  },
);

test(
  "the simulator refuses batches that have certain requests",
  options,
  async () => {
    for (const share of [0.2, 1]) {
      const sim = createSimulator({ faults: { named_lines: share } });
      const { results, succeeded, batches } = await clientOf(sim)
        .run(sumsWith(40, () => false));
      assert.equal(results.length, 40);
      assert.equal(succeeded.length > 0, share < 1);
      assert.equal(batches.length, share < 1 ? 2 : 1);
    }
  },
);

test(
  "what is left of a part whose lines were named is still cut to fit the queue",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 300 } });
    const { results } = await clientOf(sim).run(
      sumsWith(100, (i) => i === 3 || i === 70),
      { maxAttempts: 1 },
    );
    const failed = results.filter(({ ok }) => !ok);
    assert.deepEqual(failed.map(({ index }) => index), [3, 70]);
    assert.equal(sim.ledger.requests.length, 98);
  },
);

test(
  "the numbers are those of the file too where a later round is asked in slices",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt }) =>
        attempt === 1 ? { status: 500, body: {} } : "fine",
    });
    let times = 0;
    const refusing = refusesFiles(
      sim,
      (name) => name.includes(".r1.") && ++times === 1,
      "Enqueued token limit reached. Limit: 40 enqueued tokens.",
    );
    let uploads = 0;
    // In the first round, nothing is wrong.
    const fetch: Fetch = async (input, init) => {
      const isFirst = init?.body instanceof Blob && ++uploads === 1;
      if (!isFirst) return await refusing(input, init);
      const { type } = init.body as Blob;
      const text = await (init.body as Blob).text();
      const mended = text.replaceAll('"stream":true', '"user":"bad"');
      return await refusing(input, {
        ...init,
        body: new Blob([mended], { type }),
      });
    };
    const { results, batches } = await clientOf({ ...sim, fetch })
      .run(sumsWith(12, (i) => i === 2 || i === 7));
    const failed = results.filter(({ ok }) => !ok);
    assert.deepEqual(failed.map(({ index }) => index), [2, 7]);
    assert.ok(batches.length < 10, `${batches.length} batches`);
  },
);
