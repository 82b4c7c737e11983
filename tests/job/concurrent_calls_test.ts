/**
 * Several calls on one job object at the same time.
 *
 * @module
 */

import { OpenAIBatch, type Result } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { activeIn, paidFor } from "../_support/looks.ts";
import { sums } from "../_support/sums.ts";

const job = { params: { model: "gpt-4o-mini" }, batchSize: 2, job: "night" };

/** Every request fails at first, so that follow-up batches have to be created. */
function failingOnce(): Simulator {
  return createSimulator({
    respond: ({ text, attempt }) =>
      attempt === 1 ? { status: 500, body: {} } : text,
  });
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

function assertWhole(results: readonly Pick<Result, "id">[]): void {
  assert.deepEqual(
    results.map(({ id }) => id).toSorted(),
    sums(12).map(({ id }) => id).toSorted(),
  );
}

test(
  "a step in the middle of reading takes no result away",
  options,
  async () => {
    const sim = failingOnce();
    const submitted = await new OpenAIBatch(sim.options).submit(sums(12), job);
    const results: Result[] = [];
    for await (const result of submitted.results()) {
      results.push(result as Result);
      await submitted.step();
    }
    assertWhole(results);
  },
);

test(
  "a job can be watched while it is read: no result is lost, none is paid twice",
  options,
  async () => {
    const sim = failingOnce();
    const submitted = await new OpenAIBatch(sim.options).submit(sums(12), job);
    const [results, statuses] = await Promise.all([
      all(submitted.results()),
      all(submitted.watch()),
    ]);
    assertWhole(results);
    assert.deepEqual(paidFor(sim, results), Array(12).fill(1));
    assert.equal(sim.ledger.batches.length, 12);
    assert.equal(statuses.at(-1)?.done, true);
  },
);

test(
  "steps that are asked for at once are made one after the other: no batch is created twice",
  options,
  async () => {
    const sim = failingOnce();
    const submitted = await new OpenAIBatch(sim.options).submit(sums(12), job);
    await Promise.all([
      all(submitted.watch()),
      all(submitted.watch()),
      all(submitted.watch()),
    ]);
    assert.equal(sim.ledger.batches.length, 12);
  },
);

test(
  "parts are read at once: no result is lost",
  options,
  async () => {
    const sim = createSimulator({ faults: { missing_lines: 0.5 } });
    const submitted = await new OpenAIBatch(sim.options).submit(sums(12), job);
    const parts = await all(submitted.parts());
    const results = await Promise.all(parts.map((part) => all(part.results())));
    assertWhole(results.flat());
    assert.deepEqual(activeIn(sim), []);
  },
);

test(
  "a second reading takes over, and the first one says so instead of ending short",
  options,
  async () => {
    const sim = createSimulator();
    const submitted = await new OpenAIBatch(sim.options).submit(sums(12), job);
    const first = all(submitted.results());
    const [one, other] = await Promise.allSettled([
      first,
      all(submitted.results()),
    ]);
    assert.equal(one.status, "rejected");
    assert.equal(one.reason.code, "taken_over");
    assert.equal(other.status, "fulfilled");
    assertWhole(other.value);
  },
);

test(
  "a reading that was left by break leaves the answers to the next one",
  options,
  async () => {
    const sim = createSimulator();
    const submitted = await new OpenAIBatch(sim.options).submit(sums(12), job);
    for await (const _ of submitted.results()) break;
    assert.equal((await all(submitted.watch())).at(-1)?.done, true);
    assertWhole(await all(submitted.results()));
  },
);

test(
  "a job can be cancelled in the middle of reading: the reading goes to its end",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const submitted = await client.submit(sums(12), {
      ...job,
      maxActiveBatches: 2,
    });
    const results: Result[] = [];
    for await (const result of submitted.results()) {
      results.push(result as Result);
      if (results.length > 1) continue;
      await submitted.cancel();
      assert.deepEqual(activeIn(sim), []);
    }
    assertWhole(results);
    const answered = results.filter(({ ok }) => ok);
    assert.ok(answered.length < 12);
    assert.deepEqual(
      paidFor(sim, results),
      results.map(({ ok }) => ok ? 1 : 0),
    );
  },
);
