import { type Fetch, OpenAIBatch, poll } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { marksIn } from "../_support/marks.ts";
import { activeIn, codes } from "../_support/looks.ts";
import { failOnce } from "../_support/fail_once.ts";
import {
  isCreate,
  lagging,
  laggingAll,
  refusesFiles,
} from "../_support/servers.ts";
import { dyingClient } from "../_support/dying.ts";
import { sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 10, job: "night" };

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

/** A job of which something is answered and something is not. */
async function halfDone(sim: Simulator) {
  const submitted = await open(sim).submit(sums(40), job);
  for await (const { requests } of submitted.watch()) {
    if (requests.succeeded > 0) break;
  }
  return submitted;
}

test(
  "cancel ends with nothing active, and keeps what was answered",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const submitted = await halfDone(sim);
    const status = await submitted.cancel();
    assert.equal(status.done, true);
    assert.equal(status.activeBatches, 0);
    assert.deepEqual(activeIn(sim), []);
    assert.ok(status.requests.succeeded > 0);
    assert.equal(status.requests.open, 0);

    const { results } = await submitted.results().collect();
    assert.equal(results.length, 40);
    assert.deepEqual([...new Set(codes(results))].sort(), ["cancelled", "ok"]);
    for (const { id, ok } of results) {
      assert.equal(sim.ledger.answered(id), ok ? 1 : 0);
    }
  },
);

test(
  "a cancelled job finds its answers, though its batches could not be listed at first",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const submitted = await halfDone(sim);
    const { requests } = await submitted.cancel();
    const until = sim.clock.now() + 40_000;
    const fetch: Fetch = (input, init) => {
      const fails = /batches\?/.test(String(input)) && sim.clock.now() < until;
      return fails
        ? Promise.reject(new TypeError("reset"))
        : sim.fetch(input, init);
    };
    const client = new OpenAIBatch({ ...sim.options, fetch, maxRetries: 0 });
    const run = await client.run(sums(40), job);
    assert.equal(run.succeeded.length, requests.succeeded);
  },
);

for (const fault of ["reset_after", "hang_after", "truncated"]) {
  test(
    `a batch whose create ended with ${fault} is looked for before a deadline gives its requests up`,
    options,
    async () => {
      const sim = createSimulator();
      const fetch = failOnce(sim, "POST", /\/batches$/, fault);
      const client = new OpenAIBatch({
        ...sim.options,
        fetch: lagging({ ...sim, fetch }, 20_000),
      });
      const { results } = await client.run(sums(4), {
        params,
        batchSize: 2,
        deadline: 5_000 + 30_000, // it waits before it sends anything
        job: "night",
      });
      await sim.clock.advance(86_400_000);
      for (const { id, ok } of results) {
        assert.equal(sim.ledger.answered(id), ok ? 1 : 0);
      }
    },
  );
}

test("cancel can be called again, by anybody", options, async () => {
  const sim = createSimulator({ faults: { expired: 1 } });
  const submitted = await halfDone(sim);
  const first = await submitted.cancel();
  const second = await submitted.cancel();
  const third = await (await open(sim).attach("night")).cancel();
  assert.deepEqual(second.requests, first.requests);
  assert.deepEqual(third.requests, first.requests);
  assert.equal(marksIn(sim, "cancelled").length, 1);
});

test(
  "a cancelled job creates nothing in any process, whatever it is asked to do",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    await open(sim).submit(sums(40), { ...job, maxActiveBatches: 1 });
    await (await open(sim).attach("night")).cancel();
    const { length } = sim.ledger.batches;
    const run = await open(sim).run(sums(40), job);
    assert.equal(run.results.length, 40);
    assert.deepEqual([...new Set(codes(run.failed))], ["cancelled"]);
    const attached = await open(sim).attach("night");
    const status = await attached.step();
    assert.equal(status.stopped?.code, "cancelled");
    assert.equal((await attached.results().collect()).results.length, 40);
    assert.equal(sim.ledger.batches.length, length);
  },
);

test(
  "a process that is at work sees the mark of another one before it creates a batch",
  options,
  async () => {
    const sim = createSimulator();
    const stream = open(sim).stream(sums(40), { ...job, maxActiveBatches: 1 });
    const results = [(await stream.next()).value];
    const cancelling = open(sim).attach("night").then((one) => one.cancel());
    for await (const result of stream) results.push(result);
    await cancelling;
    assert.equal(results.length, 40);
    const [mark] = marksIn(sim, "cancelled");
    // A batch may have been under way while the mark was uploaded.
    for (const { created_at, status } of sim.ledger.batches) {
      assert.ok(created_at <= mark!.created_at + 15);
      assert.match(status, /completed|cancelled/);
    }
    assert.ok(codes(results).includes("cancelled"));
  },
);

test(
  "a job that is done stays as it is when it is cancelled",
  options,
  async () => {
    const sim = createSimulator();
    const run = await open(sim).run(sums(4), job);
    const attached = await open(sim).attach("night");
    const status = await attached.cancel();
    assert.equal(status.done, true);
    const again = await open(sim).run(sums(4), job);
    assert.deepEqual(again.results, run.results);
  },
);

test(
  "a cancel whose calls fail is cancelled anyway",
  options,
  async () => {
    for (const fault of ["500", "reset_after", "409"]) {
      const sim = createSimulator({ faults: { expired: 1 } });
      await open(sim).submit(sums(20), job);
      const fetch = failOnce(sim, "POST", /\/cancel$/, fault);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const attached = await client.attach("night");
      const { done, activeBatches } = await attached.cancel();
      assert.deepEqual({ done, activeBatches }, {
        done: true,
        activeBatches: 0,
      });
    }
  },
);

test(
  "the signal that ends the reading ends neither a cancel nor a cleanup",
  options,
  async () => {
    const sim = createSimulator();
    const controller = new AbortController();
    const { signal } = controller;
    const submitted = await open(sim).submit(sums(40), { ...job, signal });
    const reading = submitted.results().collect();
    controller.abort();
    await assert.rejects(reading, { name: "AbortError" });
    await submitted.cancel();
    assert.deepEqual(activeIn(sim), []);
    await submitted.cleanup();
    assert.deepEqual(sim.ledger.files, []);
  },
);

test(
  "a batch whose create is under way when the signal comes is cancelled too",
  options,
  async () => {
    const sim = createSimulator();
    const controller = new AbortController();
    const fetch: Fetch = async (input, init) => {
      const isCreate = init?.method === "POST" &&
        String(input).endsWith("/batches");
      const answer = await sim.fetch(input, { ...init, signal: null });
      if (isCreate) controller.abort();
      init?.signal?.throwIfAborted();
      return answer;
    };
    const { signal } = controller;
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const running = client.run(sums(2), { ...job, signal, atAbort: "cancel" });
    await assert.rejects(running, { name: "AbortError" });
    assert.deepEqual(
      sim.ledger.batches.map(({ status }) => status),
      ["cancelling"],
    );
  },
);

test(
  "cancel takes the time to list again, however long its own reading took",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ text, attempt, custom_id }) =>
        attempt === 1 && custom_id === "calc_1"
          ? { status: 500, body: {} }
          : text,
    });
    const fetch = laggingAll(sim, 20_000);
    const slow = { ...sim, fetch, options: { ...sim.options, fetch } };
    const isFollowUp = () => sim.ledger.batches.length === 1;
    const dying = dyingClient(
      slow,
      "after",
      (call) => isCreate(call) && isFollowUp(),
    );
    const submitted = await dying.submit(sums(10), job);
    await assert.rejects(submitted.results().collect());
    assert.equal(sim.ledger.batches.length, 2);
    const client = new OpenAIBatch({
      ...sim.options,
      // Every download takes longer than the lists lag behind.
      fetch: async (input, init) => {
        if (String(input).endsWith("/content")) await sim.clock.sleep(40_000);
        return await fetch(input, init);
      },
    });
    await (await client.attach("night")).cancel();
    assert.deepEqual(activeIn(sim), []);
  },
);

for (const settleTime of [20_000, 40_000]) {
  test(
    `cancel looks four times in ${settleTime} ms for what lists may still lack, and then once more`,
    options,
    async () => {
      const sim = createSimulator();
      const open = (fetch: Fetch) =>
        new OpenAIBatch({ ...sim.options, fetch, settleTime });
      await open(sim.fetch).run(sums(10), job);
      let looks = 0;
      const attached = await open((input, init) => {
        if (String(input).includes("/files?")) looks++;
        return sim.fetch(input, init);
      }).attach("night");
      looks = 0;
      const start = sim.clock.now();
      await attached.cancel();
      const took = sim.clock.now() - start;
      assert.equal(looks, 5);
      assert.ok(took >= settleTime && took < 1.2 * settleTime, `${took}`);
    },
  );
}

test(
  "cancel waits for settleTime where nothing runs, and not for a claim",
  options,
  async () => {
    const sim = createSimulator();
    const said = "Enqueued token limit reached for gpt-4o-mini.";
    const fetch = refusesFiles(sim, () => true, said);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    await client.submit(sums(2), job);
    await sim.clock.advance(3_600_000);
    const attached = await client.attach("night");
    const start = sim.clock.now();
    const { requests } = await attached.cancel();
    assert.equal(requests.failed, 2);
    const took = sim.clock.now() - start;
    assert.ok(took >= 30_000 && took < 60_000, `${took}`);
  },
);

test(
  "cancel looks for settleTime after it last saw a batch run",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const client = new OpenAIBatch({ ...sim.options, settleTime: 600_000 });
    await (await client.submit(sums(2), job)).cancel();
    const [batch] = sim.ledger.batches;
    const took = sim.clock.now() - batch!.cancelled_at! * 1_000;
    assert.ok(took >= 400_000, `${took}`);
  },
);

test(
  "cancel comes back once the files that are late are read",
  options,
  async () => {
    const sim = createSimulator({ faults: { late_files: 1 } });
    await open(sim).submit(sums(10), job);
    const [batch] = sim.ledger.batches;
    for await (const _ of poll(open(sim), [batch!.id]));
    const attached = await open(sim).attach("night");
    const { done, requests } = await attached.cancel();
    assert.equal(done, true);
    assert.equal(requests.succeeded, 10);
  },
);
