import { OpenAIBatch, type OutputLine } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { codes, idsIn, paidFor, roundsOf } from "../../_support/looks.ts";
import { rewriteLines } from "../../_support/servers.ts";
import { sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

/** Fails `calc_1` with a status as long as `fails` says so. */
function failing(status: number, fails: (attempt: number) => boolean) {
  return ({ custom_id, attempt }: SimulatedRequest) =>
    custom_id === "calc_1" && fails(attempt)
      ? { status, body: { error: { message: "No.", type: "server_error" } } }
      : `attempt ${attempt}`;
}

/** Whether it is the line of the first attempt at `calc_1`. */
function isFirstTry(line: OutputLine): boolean {
  return line.custom_id === "calc_1" &&
    JSON.stringify(line).includes("attempt 1");
}

test(
  "an expired batch loses no paid answer: only what it left is sent again",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 0.5 } });
    const run = await new OpenAIBatch(sim.options).run(sums(40), {
      params,
      batchSize: 4,
      maxAttempts: 20,
      pollInterval: 3_600_000,
    });
    assert.ok(run.batches.some(({ status }) => status === "expired"));
    assert.ok(run.batches.some(({ round }) => round > 0));
    assert.deepEqual(codes(run.results), Array(40).fill("ok"));
    assert.deepEqual(paidFor(sim, run.results), Array(40).fill(1));
  },
);

test(
  "what a batch did not get to in all attempts ends as batch_expired, and what it did keeps its answer",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const run = await new OpenAIBatch(sim.options).run(sums(20), {
      params,
      maxAttempts: 2,
      pollInterval: 3_600_000,
    });
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r1"]);
    for (const result of run.results) {
      assert.equal(sim.ledger.answered(result.id), result.ok ? 1 : 0);
      if (!result.ok) assert.equal(result.error.code, "batch_expired");
      if (!result.ok) assert.equal(result.attempts, 2);
    }
  },
);

test(
  "a batch that someone else cancels keeps its answers, and the rest is sent again",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const job = await client.submit(sums(40), { params });
    const [batch] = sim.ledger.batches;
    for await (const { requests } of job.watch()) {
      if (requests.succeeded > 0) break;
    }
    await client.batches.cancel(batch!.id);
    const run = await job.results().collect();
    assert.deepEqual(run.batches.map(({ status }) => status), [
      "cancelled",
      "completed",
    ]);
    assert.deepEqual(codes(run.results), Array(40).fill("ok"));
    assert.deepEqual(paidFor(sim, run.results), Array(40).fill(1));
  },
);

test(
  "only what failed is sent again, not the whole file",
  options,
  async () => {
    const sim = createSimulator({ respond: failing(500, (n) => n === 1) });
    const client = new OpenAIBatch(sim.options);
    const run = await client.run(sums(5), { params });
    const [first, second] = run.batches;
    assert.deepEqual(run.batches.map(({ round }) => round), [0, 1]);
    assert.deepEqual(
      await idsIn(client, first!.input_file_id),
      sums(5).map(({ id }) => id),
    );
    assert.deepEqual(await idsIn(client, second!.input_file_id), ["calc_1"]);
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [
      1,
      2,
      1,
      1,
      1,
    ]);
    assert.equal(run.get("calc_1")?.index, 1);
    assert.equal(run.get("calc_1")?.batchId, second!.id);
    assert.deepEqual(paidFor(sim, run.results), [1, 1, 1, 1, 1]);
  },
);

for (const status of [0, 408, 409, 429, 500, 503]) {
  test(
    `a request that ended with status ${status} is asked again`,
    options,
    async () => {
      const sim = createSimulator({ respond: failing(status, (n) => n < 3) });
      const run = await new OpenAIBatch(sim.options).run(sums(3), { params });
      assert.deepEqual(codes(run.results), ["ok", "ok", "ok"]);
      assert.deepEqual(run.results.map(({ attempts }) => attempts), [1, 3, 1]);
    },
  );
}

for (const status of [400, 401, 403, 404, 413, 422]) {
  test(
    `a request that ended with status ${status} is not asked again`,
    options,
    async () => {
      const sim = createSimulator({ respond: failing(status, () => true) });
      const run = await new OpenAIBatch(sim.options).run(sums(3), { params });
      assert.deepEqual(codes(run.results), ["ok", "server_error", "ok"]);
      assert.equal(run.failed[0]?.error.status, status);
      assert.equal(run.failed[0]?.attempts, 1);
      assert.equal(sim.ledger.batches.length, 1);
    },
  );
}

test("a request_timeout is sent again", options, async () => {
  const sim = createSimulator({
    respond: ({ attempt }) =>
      attempt === 1 ? { error: "request_timeout" } : "fine",
  });
  const run = await new OpenAIBatch(sim.options).run(sums(3), { params });
  assert.deepEqual(run.values(), ["fine", "fine", "fine"]);
  assert.deepEqual(run.results.map(({ attempts }) => attempts), [2, 2, 2]);
});

test(
  "maxAttempts bounds how often a request is asked, and its last failure is its result",
  options,
  async () => {
    const sim = createSimulator({ respond: failing(503, () => true) });
    const run = await new OpenAIBatch(sim.options).run(sums(3), {
      params,
      maxAttempts: 2,
    });
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [1, 2, 1]);
    assert.equal(run.failed[0]?.error.status, 503);
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r1"]);
  },
);

const oddities: [string, (line: OutputLine) => unknown[]][] = [
  ["is missing", () => []],
  ["is malformed", () => ['{"id":"batch_req_1","custom_id":"calc_1","resp']],
  ["has a null custom_id", (line) => [{ ...line, custom_id: null }]],
  ["says nothing", ({ id, custom_id }) => [{ id, custom_id }]],
];

for (const [oddity, rewrite] of oddities) {
  test(
    `a request whose line ${oddity} is asked again, and all others are kept`,
    options,
    async () => {
      const sim = createSimulator({
        respond: ({ attempt }) => `attempt ${attempt}`,
      });
      const fetch = rewriteLines(
        sim,
        (line) => isFirstTry(line) ? rewrite(line) : [line],
      );
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(3), { params });
      assert.deepEqual(run.values(), ["attempt 1", "attempt 2", "attempt 1"]);
      assert.deepEqual(run.results.map(({ attempts }) => attempts), [1, 2, 1]);
    },
  );
}

test(
  "a line counts as missing ten minutes after the end of its batch, not before",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt }) => `attempt ${attempt}`,
    });
    const fetch = rewriteLines(sim, (line) => isFirstTry(line) ? [] : [line]);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(3), { params });
    const [first, second] = run.batches;
    assert.ok(second!.created_at >= first!.completed_at! + 600);
  },
);

test(
  "a missing line is found although the batch counts it as completed and a step saw no need to read",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt }) => `attempt ${attempt}`,
    });
    const fetch = rewriteLines(sim, (line) => isFirstTry(line) ? [] : [line]);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const job = await client.submit(sums(3), { params });
    for (let status = await job.step(); !status.done;) {
      await sim.clock.advance(status.wait);
      status = await job.step();
    }
    const run = await job.results().collect();
    assert.deepEqual(run.values().toSorted(), [
      "attempt 1",
      "attempt 1",
      "attempt 2",
    ]);
  },
);

test(
  "after follow-up rounds the same script asks nothing and gives the same results",
  options,
  async () => {
    const sim = createSimulator({ respond: failing(500, (n) => n < 3) });
    const again = () =>
      new OpenAIBatch(sim.options).run(sums(4), {
        params,
        batchSize: 2,
        job: "night",
      });
    const first = await again();
    const { length } = sim.ledger.requests;
    assert.deepEqual((await again()).results, first.results);
    assert.equal(sim.ledger.requests.length, length);
    assert.deepEqual(roundsOf(sim).toSorted(), [
      "p0.r0",
      "p0.r1",
      "p0.r2",
      "p1.r0",
    ]);
  },
);

test(
  "a follow-up round is filed by whoever comes after the first one ended",
  options,
  async () => {
    const sim = createSimulator({ respond: failing(500, (n) => n === 1) });
    const job = { params, job: "night" };
    await new OpenAIBatch(sim.options).submit(sums(4), job);
    await sim.clock.advance(86_400_000);
    const run = await new OpenAIBatch(sim.options).run(sums(4), job);
    assert.equal(run.get("calc_1")?.attempts, 2);
    assert.deepEqual(paidFor(sim, run.results), [1, 1, 1, 1]);
  },
);
