import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { activeIn, codes, paidFor } from "../_support/looks.ts";
import { marksIn } from "../_support/marks.ts";
import { callsTo, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 10, job: "night" };
const HOUR = 3_600_000;
const MINUTE = 60_000;
const DAY = 24 * HOUR;

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

test(
  "a stuck batch is given up after batchTimeout: its answers are kept, the rest is sent again",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 0.5 } });
    const run = await open(sim).run(sums(60), {
      ...job,
      batchTimeout: 6 * HOUR,
      maxAttempts: 20,
      pollInterval: 10 * MINUTE,
    });
    const cancelled = sim.ledger.batches.filter((one) => one.cancelling_at);
    assert.ok(cancelled.length > 0);
    for (const { created_at, cancelling_at } of cancelled) {
      const age = (cancelling_at! - created_at) * 1_000;
      assert.ok(age >= 6 * HOUR && age <= 6 * HOUR + 12 * MINUTE, `${age}`);
    }
    assert.deepEqual(codes(run.results), Array(60).fill("ok"));
    assert.deepEqual(paidFor(sim, run.results), Array(60).fill(1));
  },
);

test(
  "at a deadline the batches are cancelled, what they answered counts, the rest fails as such",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const start = sim.clock.now();
    const run = await open(sim).run(sums(40), { ...job, deadline: 8 * HOUR });
    const took = sim.clock.now() - start;
    assert.ok(took >= 8 * HOUR && took <= 8.5 * HOUR, `${took}`);
    assert.deepEqual([...new Set(codes(run.results))].sort(), [
      "deadline",
      "ok",
    ]);
    const late = "The deadline passed before there was an answer";
    for (const { id, ok, error } of run.results) {
      if (!ok) assert.equal(error.message, late);
      assert.equal(sim.ledger.answered(id), ok ? 1 : 0);
    }
    assert.deepEqual(activeIn(sim), []);
    assert.equal(sim.ledger.batches.length, 4);
  },
);

test("a deadline may be a point in time", options, async () => {
  const sim = createSimulator({ faults: { expired: 1 } });
  const deadline = new Date(sim.clock.now() + 3 * HOUR);
  const run = await open(sim).run(sums(10), { ...job, deadline });
  assert.ok(sim.clock.now() >= +deadline);
  assert.ok(sim.clock.now() <= +deadline + HOUR / 2);
  assert.ok(codes(run.results).includes("deadline"));
});

test("a restart does not move the deadline", options, async () => {
  const sim = createSimulator({ faults: { expired: 1 } });
  const start = sim.clock.now();
  await open(sim).submit(sums(10), { ...job, deadline: 5 * HOUR });
  await sim.clock.advance(3 * HOUR);
  const attached = await open(sim).attach("night", { deadline: 5 * HOUR });
  const run = await attached.results().collect();
  assert.ok(sim.clock.now() >= start + 5 * HOUR);
  assert.ok(sim.clock.now() <= start + 5.5 * HOUR);
  assert.ok(codes(run.results).includes("deadline"));
});

test(
  "a deadline that has passed has one code, in the status and in results",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const client = open(sim);
    const { id } = await client.submit(sums(10), job);
    await sim.clock.advance(2 * HOUR);
    const attached = await client.attach(id, { deadline: HOUR });
    const results = await attached.results().collect();
    const { stopped } = await attached.step();
    assert.equal(stopped?.code, "deadline");
    assert.equal(stopped?.message, "The deadline has passed");
    assert.ok(codes(results.failed).includes("deadline"));
  },
);

test(
  "a job that is done by its deadline is not cancelled",
  options,
  async () => {
    const sim = createSimulator();
    const run = await open(sim).run(sums(10), { ...job, deadline: 12 * HOUR });
    await sim.clock.advance(DAY);
    const again = await open(sim).run(sums(10), {
      ...job,
      deadline: 12 * HOUR,
    });
    assert.deepEqual(again.results, run.results);
    assert.deepEqual(again.values().length, 10);
    assert.equal(callsTo(sim, "POST", /\/cancel$/), 0);
  },
);

test(
  "a signal leaves the batches running unless it is told to cancel",
  options,
  async () => {
    for (const atAbort of ["leave", "cancel"] as const) {
      const sim = createSimulator({ faults: { expired: 1 } });
      const stop = new AbortController();
      const running = open(sim).run(sums(30), {
        ...job,
        atAbort,
        signal: stop.signal,
        progress: ({ requests }) =>
          requests.succeeded > 0 && stop.abort(new Error("Ctrl-C")),
      });
      await assert.rejects(running, /Ctrl-C/);
      await sim.clock.advance(HOUR);
      await open(sim).batches.list();
      const left = atAbort === "leave" ? 3 : 0;
      assert.equal(activeIn(sim).length, left);
      assert.equal(
        marksIn(sim, "cancelled").length,
        atAbort === "leave" ? 0 : 1,
      );
    }
  },
);

test(
  "what was answered before Ctrl-C cancelled the job is kept, and is there for the next run",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const stop = new AbortController();
    const running = open(sim).run(sums(30), {
      ...job,
      atAbort: "cancel",
      signal: stop.signal,
      progress: ({ requests }) => requests.succeeded > 5 && stop.abort(),
    });
    await assert.rejects(running, { name: "AbortError" });
    const run = await open(sim).run(sums(30), job);
    assert.ok(run.succeeded.length > 5);
    assert.deepEqual([...new Set(codes(run.failed))], ["cancelled"]);
    for (const { id, ok } of run.results) {
      assert.equal(sim.ledger.answered(id), ok ? 1 : 0);
    }
    assert.equal(sim.ledger.batches.length, 3);
  },
);

test(
  "a break cancels the job only where atAbort says so",
  options,
  async () => {
    for (const atAbort of ["leave", "cancel"] as const) {
      const sim = createSimulator();
      const stream = open(sim).stream(sums(6), {
        params,
        batchSize: 1,
        atAbort,
      });
      for await (const _ of stream) break;
      const cancels = callsTo(sim, "POST", /\/cancel$/);
      assert.equal(
        marksIn(sim, "cancelled").length,
        atAbort === "cancel" ? 1 : 0,
      );
      assert.equal(cancels > 0, atAbort === "cancel");
    }
  },
);

test(
  "a stream that is read to its end is not cancelled by atAbort",
  options,
  async () => {
    const sim = createSimulator();
    const run = await open(sim).run(sums(3), { ...job, atAbort: "cancel" });
    assert.equal(run.succeeded.length, 3);
    assert.deepEqual(marksIn(sim, "cancelled"), []);
  },
);

test(
  "an abort before anything was sent sends nothing",
  options,
  async () => {
    const sim = createSimulator();
    const signal = AbortSignal.abort(new Error("too late"));
    const running = open(sim).run(sums(3), { ...job, signal });
    await assert.rejects(running, /too late/);
    assert.equal(sim.ledger.files.length, 0);
    const submitted = await open(sim).submit(sums(3), job);
    await assert.rejects(submitted.step({ signal }), /too late/);
  },
);
