/**
 * `atDeadline: "direct"`: what the batches leave open is asked directly.
 *
 * @module
 */

import {
  type JobOptions,
  OpenAIBatch,
  QuotaError,
  type Result,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { z } from "zod";
import { assert, options, test } from "../_support/prelude.ts";
import { activeIn, codes } from "../_support/looks.ts";
import { hidesInputs, lagging } from "../_support/servers.ts";
import { callsTo, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const HOUR = 3_600_000;
const CHAT = /\/chat\/completions$/;
const job = {
  params,
  batchSize: 10,
  job: "night",
  deadline: 8 * HOUR,
  atDeadline: "direct",
} satisfies JobOptions;

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

/** A simulator whose batches get stuck halfway. */
function slow(): Simulator {
  return createSimulator({ faults: { expired: 1 } });
}

const answers = (count: number) =>
  sums(count).map((_, i) => `1 + ${i} = ${1 + i}`);

/** Every request is paid once, by the batch or directly. */
function assertPaidOnce(sim: Simulator, results: Result[]): void {
  for (const { id, via } of results) {
    assert.equal(sim.ledger.answered(id), via === "batch" ? 1 : 0, id);
  }
  const direct = results.filter(({ via }) => via === "direct");
  assert.equal(callsTo(sim, "POST", CHAT), direct.length);
}

test(
  "partly answered: what the batches answered counts, the rest is asked directly",
  options,
  async () => {
    const sim = slow();
    const start = sim.clock.now();
    const run = await open(sim).run(sums(40), job);
    assert.deepEqual(run.values(), answers(40));
    const ways = run.results.map(({ via }) => via);
    assert.ok(ways.includes("batch") && ways.includes("direct"));
    assertPaidOnce(sim, run.results);
    assert.deepEqual(activeIn(sim), []);
    const took = sim.clock.now() - start;
    assert.ok(took >= 8 * HOUR && took < 8.5 * HOUR, `${took}`);
    for (const { via, batchId, attempts } of run.results) {
      assert.equal(batchId === undefined, via === "direct");
      assert.equal(attempts, via === "direct" ? 2 : 1); // one was in a batch
    }
  },
);

test(
  "nothing is asked directly before every batch has ended and was read",
  options,
  async () => {
    const sim = slow();
    await open(sim).run(sums(40), job);
    const { calls } = sim.ledger;
    const first = calls.findIndex(({ path }) => CHAT.test(path));
    const inputs = sim.ledger.files.filter(({ purpose }) =>
      purpose === "batch"
    );
    const isResult = (path: string) =>
      path.endsWith("/content") && !inputs.some(({ id }) => path.includes(id));
    const lastRead = calls.findLastIndex(({ path }) => isResult(path));
    const lastCancel = calls.findLastIndex(({ path }) =>
      path.endsWith("/cancel")
    );
    assert.ok(lastRead > lastCancel && first > lastRead);
  },
);

test("nothing answered: all is asked directly", options, async () => {
  for (const deadline of [1, new Date(0)]) {
    const sim = createSimulator();
    const run = await open(sim).run(sums(25), { ...job, deadline });
    assert.deepEqual(run.values(), answers(25));
    assertPaidOnce(sim, run.results);
    assert.ok(run.results.every(({ via }) => via === "direct"));
    assert.deepEqual(run.results.map(({ index }) => index), [
      ...Array(25).keys(),
    ]);
  }
});

test("all answered: nothing is asked directly", options, async () => {
  const sim = createSimulator();
  await open(sim).run(sums(25), { ...job, deadline: 20 * HOUR });
  await sim.clock.advance(24 * HOUR);
  const again = await open(sim).run(sums(25), { ...job, deadline: 20 * HOUR });
  assert.deepEqual(again.values(), answers(25));
  assert.equal(callsTo(sim, "POST", CHAT), 0);
});

test("usage is kept apart, each at its own price", options, async () => {
  const { usage, results } = await open(slow()).run(sums(40), job);
  const [batch, direct] = usage.models;
  assert.equal(batch?.lane, "batch");
  assert.equal(direct?.lane, "standard");
  const count = (way: string) =>
    results.filter(({ via }) => via === way).length;
  assert.equal(batch?.requests, count("batch"));
  assert.equal(direct?.requests, count("direct"));
  assert.equal(batch?.cost, batch!.standardCost! / 2);
  assert.equal(direct?.cost, direct?.standardCost);
});

test(
  "a crash in between: only the direct answers that were not consumed are sent again",
  options,
  async () => {
    const sim = slow();
    const seen = new Set<string>();
    for await (const { id, via } of open(sim).stream(sums(40), job)) {
      if (via === "direct" && seen.size > 0) break;
      seen.add(id);
    }
    const before = callsTo(sim, "POST", CHAT);
    const batches = sim.ledger.batches.length;
    const run = await open(sim).run(sums(40), job);
    assert.deepEqual(run.values(), answers(40));
    const direct = run.results.filter(({ via }) => via === "direct").length;
    assert.equal(callsTo(sim, "POST", CHAT) - before, direct);
    assert.equal(sim.ledger.batches.length, batches);
    assert.deepEqual(activeIn(sim), []);
  },
);

test(
  "a process without the input takes the requests from the job's files",
  options,
  async () => {
    const sim = slow();
    await open(sim).submit(sums(40), {
      ...job,
      schema: z.string(),
      parse: "text",
      params: {
        ...params,
        temperature: 0.5,
        response_format: { type: "text" },
      },
    });
    const { deadline, atDeadline } = job;
    const attached = await open(sim).attach("night", { deadline, atDeadline });
    const run = await attached.results().collect();
    assert.equal(run.succeeded.length, 40);
    assertPaidOnce(sim, run.results);
    const direct = sim.ledger.requests.filter((one) => one.custom_id === "");
    assert.ok(direct.length > 0);
    for (const { body } of direct) {
      assert.equal(body.temperature, 0.5);
      assert.deepEqual(body.response_format, { type: "text" });
    }
  },
);

test(
  "where the server hands out no input files, they come from the input, or the rest is input_unavailable",
  options,
  async () => {
    for (const isOneShot of [false, true]) {
      const sim = slow();
      const fetch = hidesInputs(sim);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const requests = isOneShot ? sums(40).values() : sums(40);
      const run = await client.run(requests, job);
      assert.equal(run.results.length, 40);
      const ways = new Set(run.results.map(({ via }) => via));
      assert.equal(ways.has("direct"), !isOneShot);
      assert.deepEqual([...new Set(codes(run.results))].sort(), [
        ...(isOneShot ? ["input_unavailable"] : []),
        "ok",
      ]);
    }
  },
);

test("attempts count on, up to maxAttempts", options, async () => {
  const sim = createSimulator({
    faults: { expired: 1 },
    respond: ({ custom_id, text }) =>
      custom_id ? text : { status: 500, body: { error: { message: "No." } } },
  });
  const run = await open(sim).run(sums(40), { ...job, maxAttempts: 3 });
  const failed = run.failed;
  assert.ok(failed.length > 0);
  assert.ok(failed.every(({ attempts }) => attempts === 3));
  assert.deepEqual(new Set(codes(failed)), new Set(["http_500"]));
  assert.equal(callsTo(sim, "POST", CHAT), 2 * failed.length);
});

test(
  "step and watch never ask; parts do, each part its own rest",
  options,
  async () => {
    const sim = slow();
    const stepped = await open(sim).submit(sums(40), job);
    for await (const _ of stepped.watch());
    const status = await stepped.step();
    assert.equal(status.done, true);
    assert.equal(callsTo(sim, "POST", CHAT), 0);

    const results: Result[] = [];
    const attached = await open(sim).attach("night", {
      deadline: job.deadline,
      atDeadline: "direct",
    });
    for await (const part of attached.parts()) {
      const own: Result[] = [];
      for await (const result of part.results()) own.push(result);
      assert.equal(own.length, 10);
      results.push(...own);
    }
    assert.deepEqual(codes(results), Array(40).fill("ok"));
    assertPaidOnce(sim, results);
  },
);

test(
  "a job that was cancelled stays so: nothing is asked at its deadline",
  options,
  async () => {
    const sim = slow();
    const cancelled = await open(sim).submit(sums(40), job);
    await cancelled.cancel();
    await sim.clock.advance(10 * HOUR);
    const run = await open(sim).run(sums(40), job);
    assert.ok(run.failed.length > 0);
    assert.deepEqual(new Set(codes(run.failed)), new Set(["cancelled"]));
    assert.equal(callsTo(sim, "POST", CHAT), 0);
  },
);

test("so does a job that is cancelled after it", options, async () => {
  const sim = slow();
  const stepped = await open(sim).submit(sums(40), job);
  for await (const _ of stepped.watch());
  await stepped.cancel();
  const run = await open(sim).run(sums(40), job);
  assert.ok(run.failed.length > 0);
  assert.equal(callsTo(sim, "POST", CHAT), 0);
});

test(
  "a batch whose creation went unseen is found, and not paid for twice",
  options,
  async () => {
    for (let seed = 1; seed <= 10; seed++) {
      for (const id of ["night", undefined]) {
        const sim = createSimulator({
          seed,
          faults: { expired: 1, "batches.create:reset_after": 0.5 },
        });
        const fetch = lagging(sim, 25_000);
        const client = new OpenAIBatch({ ...sim.options, fetch });
        const deadline = new Date(sim.clock.now() + 35_000);
        const run = await client.run(sums(40), { ...job, job: id, deadline });
        assert.deepEqual(run.values(), answers(40));
        assertPaidOnce(sim, run.results);
        assert.deepEqual(activeIn(sim), []);
      }
    }
  },
);

test(
  "without credit for it, what the batches answered is handed out and the error names the job",
  options,
  async () => {
    const error = { message: "No credit.", code: "insufficient_quota" };
    const sim = createSimulator({
      faults: { expired: 1 },
      respond: ({ custom_id, text }) =>
        custom_id ? text : { status: 429, body: { error } },
    });
    let count = 0;
    const reading = async () => {
      for await (const { via } of open(sim).stream(sums(40), job)) {
        assert.equal(via, "batch");
        count++;
      }
    };
    await assert.rejects(reading(), (error) => {
      assert.ok(error instanceof QuotaError);
      assert.equal(error.jobId, "night");
      return true;
    });
    assert.ok(count > 0);
  },
);

test("an outage is ridden out, an abort ends the calls", options, async () => {
  const sim = slow();
  const start = sim.clock.now();
  const fetch: typeof sim.fetch = (input, init) => {
    const age = sim.clock.now() - start;
    const isOut = age > 8 * HOUR && age < 8.5 * HOUR;
    if (isOut) return Promise.reject(new TypeError("fetch failed"));
    return sim.fetch(input, init);
  };
  const client = new OpenAIBatch({ ...sim.options, fetch });
  const run = await client.run(sums(40), job);
  assert.deepEqual(run.values(), answers(40));

  const stop = new AbortController();
  const { signal } = stop;
  const reading = async () => {
    for await (
      const { via } of open(sim).stream(sums(40), { ...job, signal })
    ) {
      if (via === "direct") stop.abort(new Error("Ctrl-C"));
    }
  };
  await assert.rejects(reading(), /Ctrl-C/);
});

test("atDeadline takes two words", options, async () => {
  const other = { ...job, atDeadline: "later" } as unknown as JobOptions;
  await assert.rejects(open(slow()).run(sums(1), other), /atDeadline/);
});

test(
  "if the answers of one part are gone, the rest of the other parts is sent anyway",
  options,
  async () => {
    const sim = slow();
    const submitted = await open(sim).submit(sums(20), job);
    await sim.clock.advance(9 * HOUR);
    await submitted.step();
    await sim.clock.advance(HOUR);
    await submitted.step();
    await open(sim).files.delete(sim.ledger.batches[0]!.output_file_id!);
    const results: Result[] = [];
    const reading = async () => {
      for await (const result of submitted.results()) {
        results.push(result as Result);
      }
    };
    await assert.rejects(reading(), { name: "JobExpiredError" });
    assert.deepEqual(codes(results), Array(10).fill("ok"));
    assertPaidOnce(sim, results);
  },
);

test(
  "what was not sent before the deadline is asked directly too, even of an input that can be read only once",
  options,
  async () => {
    const sim = createSimulator();
    async function* requests() {
      yield* sums(20);
    }
    const run = await open(sim).run(requests(), { ...job, deadline: 1 });
    assert.deepEqual(run.values(), answers(20));
    assert.equal(sim.ledger.batches.length, 0);
    assertPaidOnce(sim, run.results as Result[]);
  },
);
