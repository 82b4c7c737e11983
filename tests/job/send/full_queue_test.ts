import { JobConflictError, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { codes, paidFor, roundsOf } from "../../_support/looks.ts";
import { rewriteBatches } from "../../_support/rewrite.ts";
import { watchCreates } from "../../_support/servers.ts";
import { inputFiles, sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const HOUR = 3_600_000;

/** As the simulator counts; a sum has 5. */
const countTokens = (text: string) => Math.ceil(text.length / 4);

function answers(count: number): string[] {
  return sums(count).map((_, i) => `1 + ${i} = ${i + 1}`);
}

/** A server that refuses without naming its limit. */
function namesNoLimit(sim: Simulator) {
  return rewriteBatches(sim.fetch, (batch) => ({
    ...batch,
    errors: batch.errors?.data?.[0]?.code === "token_limit_exceeded"
      ? {
        object: "list",
        data: [{
          code: "token_limit_exceeded",
          message: "Enqueued token limit reached.",
        }],
      }
      : batch.errors,
  }));
}

test(
  "a job larger than the enqueued token limit goes through, one part after the other",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 12 } });
    const run = await new OpenAIBatch(sim.options).run(sums(6), {
      params,
      batchSize: 2,
      countTokens,
    });
    assert.deepEqual(run.values(), answers(6));
    assert.ok(sim.ledger.batches.some(({ status }) => status === "failed"));
    assert.deepEqual(
      run.results.map(({ attempts }) => attempts),
      Array(6).fill(1),
    );
    assert.deepEqual(paidFor(sim, run.results), Array(6).fill(1));
    assert.equal(inputFiles(sim), 3);
  },
);

test(
  "a full queue is tried again after pauses that grow",
  options,
  async () => {
    const sim = createSimulator({
      limits: { enqueuedTokens: 12 },
      faults: { expired: 1 }, // the first batch takes a day
    });
    const times = new Map<string, number[]>();
    const fetch = watchCreates(sim, (file) => {
      times.set(file, [...times.get(file) ?? [], sim.clock.now()]);
    });
    const client = new OpenAIBatch({ ...sim.options, fetch });
    await client.submit(sums(2), { params, countTokens });
    const waiting = client.stream(sums(2), {
      params,
      countTokens,
      deadline: 12 * HOUR,
    });
    await waiting.collect();
    const tries = [...times.values()].find(({ length }) => length > 1) ?? [];
    const pauses = tries.slice(1).map((time, i) => time - tries[i]!);
    for (const [i, least] of [60, 120, 300, 600, 1_800, 1_800].entries()) {
      assert.ok(pauses[i]! >= least * 1_000, `pause ${i}: ${pauses[i]}`);
      assert.ok(
        pauses[i]! <= (least * 1.1 + 180) * 1_000,
        `pause ${i}: ${pauses[i]}`,
      );
    }
    assert.ok(tries.length < 40);
  },
);

test(
  "a part larger than the limit that the refusal names is asked in slices as large as fit, ids and positions kept",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 20 } });
    const run = await new OpenAIBatch(sim.options).run(sums(9), {
      params,
      countTokens,
    });
    assert.deepEqual(run.values(), answers(9));
    assert.deepEqual(
      run.results.map(({ id }) => id),
      sums(9).map(({ id }) => id),
    );
    assert.deepEqual(run.results.map(({ index }) => index), [
      ...Array(9).keys(),
    ]);
    assert.deepEqual(paidFor(sim, run.results), Array(9).fill(1));
    const ran = roundsOf(sim).filter((_, i) =>
      sim.ledger.batches[i]!.status === "completed"
    );
    assert.deepEqual(ran.toSorted(), [
      "p0.l1-4.r0",
      "p0.l5-8.r0",
      "p0.l9-9.r0",
    ]);
  },
);

test(
  "a part that is cut by its estimated size loses no request either",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 20 } });
    const run = await new OpenAIBatch(sim.options).run(sums(9), { params });
    assert.deepEqual(run.values(), answers(9));
    assert.deepEqual(paidFor(sim, run.results), Array(9).fill(1));
  },
);

test(
  "a part that is refused again and again for an hour while nothing else is queued is cut in half",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 20 } });
    const fetch = namesNoLimit(sim);
    const start = sim.clock.now();
    const run = await new OpenAIBatch({ ...sim.options, fetch }).run(sums(8), {
      params,
    });
    assert.deepEqual(run.values(), answers(8));
    const half = sim.ledger.files.find(({ filename }) =>
      /\.p0\.l1-4\./.test(filename)
    );
    assert.ok(half!.created_at * 1_000 >= start + HOUR);
    const wholes = roundsOf(sim).filter((round) => round === "p0.r0");
    assert.ok(wholes.length >= 5);
  },
);

test(
  "a part that only waits for the job's own batches is not cut",
  options,
  async () => {
    const sim = createSimulator({
      limits: { enqueuedTokens: 12 },
      faults: { expired: 1 },
    });
    await new OpenAIBatch({ ...sim.options, fetch: namesNoLimit(sim) }).run(
      sums(4),
      { params, batchSize: 2, maxAttempts: 1, pollInterval: 600_000 },
    );
    const slices = roundsOf(sim).filter((round) => round.includes(".l"));
    assert.deepEqual(slices, []);
  },
);

test(
  "a single request that never fits fails for good, and all others are answered",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 20 } });
    const requests = sums(4);
    requests[2]!.content = "Too long. ".repeat(20);
    const run = await new OpenAIBatch(sim.options).run(requests, {
      params,
      countTokens,
    });
    assert.deepEqual(codes(run.results), [
      "ok",
      "ok",
      "token_limit_exceeded",
      "ok",
    ]);
    assert.match(run.failed[0]!.error.message, /Enqueued token limit reached/);
    assert.equal(run.failed[0]!.index, 2);
    assert.equal(sim.ledger.answered("calc_2"), 0);
  },
);

test(
  "slices are found again after a restart, with and without the input, and nothing is paid twice",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 20 } });
    const job = { params, countTokens, job: "night" };
    const client = () => new OpenAIBatch(sim.options);
    for await (const _ of client().stream(sums(9), job)) break;
    const run = await client().run(sums(9), job);
    assert.deepEqual(run.values(), answers(9));
    const attached = await client().attach("night");
    const again = await attached.results().collect();
    assert.deepEqual(again.values().toSorted(), answers(9).toSorted());
    assert.deepEqual(paidFor(sim, run.results), Array(9).fill(1));
    await assert.rejects(client().run(sums(8), job), JobConflictError);
  },
);

test(
  "a batch that fails after it was accepted gives each request a failure, not silence",
  options,
  async () => {
    const sim = createSimulator();
    const run = await new OpenAIBatch(sim.options).run(sums(3), {
      params: { model: "nonexistent-1" },
    });
    assert.equal(run.batches[0]?.status, "failed");
    assert.deepEqual(codes(run.results), Array(3).fill("model_not_found"));
    assert.equal(sim.ledger.batches.length, 1);
  },
);
