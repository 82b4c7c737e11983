/** Runs while nothing gets through. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { refusal, script } from "../_support/scripted.ts";

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;

const QUESTIONS = Array.from({ length: 30 }, (_, i) => `1 + ${i} = `);

const RUN = { params: { model: "gpt-4o-mini" }, batchSize: 10, job: "night" };

interface Outage {
  /** The call with which it begins, counted from 0. */
  from: number;
  /** How long it lasts. */
  ms: number;
  /** Whether that call takes effect before its answer is lost. */
  answered?: boolean;
}

/** Starts a run with an outage. `since` is when it began, if it did. */
function runWithOutage({ from, ms, answered = false }: Outage) {
  const sim = createSimulator();
  let calls = 0;
  let since: number | undefined;
  const client = new OpenAIBatch({
    ...sim.options,
    fetch: async (input, init) => {
      const isFirst = calls++ === from;
      if (isFirst) since = sim.clock.now();
      const isOut = since !== undefined && sim.clock.now() < since + ms;
      if (!isOut) return await sim.fetch(input, init);
      if (isFirst && answered) await sim.fetch(input, init);
      throw new TypeError("fetch failed");
    },
  });
  return { sim, run: client.run(QUESTIONS, RUN), since: () => since };
}

const ANSWERS = QUESTIONS.map((question, i) => `${question}${i + 1}`);

for (const answered of [false, true]) {
  const call = answered ? "answer that is lost" : "call";
  test(
    `a run survives half an hour without network, from whichever ${call} on`,
    options,
    async () => {
      for (let from = 1;; from++) {
        const outage = { from, ms: 30 * MINUTE, answered };
        const { sim, run, since } = runWithOutage(outage);
        assert.deepEqual((await run).values(), ANSWERS, `call ${from}`);
        assert.equal(sim.ledger.batches.length, 3, `call ${from}`);
        assert.equal(sim.ledger.requests.length, 30, `call ${from}`);
        if (since() === undefined) return assert.ok(from > 10);
      }
    },
  );
}

test(
  "a run gives up when there was no network for more than an hour",
  options,
  async () => {
    for (let from = 1;; from++) {
      const { sim, run, since } = runWithOutage({ from, ms: Infinity });
      const error = await run.then(() => undefined, (error) => error);
      const began = since();
      if (began === undefined) return assert.ok(from > 10);
      const { name, code, jobId } = error;
      assert.deepEqual([name, code, jobId], [
        "ConnectionError",
        "connection",
        "night",
      ]);
      const lasted = sim.clock.now() - began;
      assert.ok(
        lasted > 0.9 * HOUR && lasted < 2 * HOUR,
        `call ${from}: ${lasted}`,
      );
    }
  },
);

test(
  "a run gives up within a minute where nothing was ever reached",
  options,
  async () => {
    const { sim, run } = runWithOutage({ from: 0, ms: Infinity });
    const began = sim.clock.now();
    await assert.rejects(run, {
      name: "ConnectionError",
      code: "connection",
      message: "Cannot reach https://api.openai.com (TypeError: fetch failed)",
    });
    assert.ok(sim.clock.now() - began < MINUTE);
  },
);

test("a run that gave up continues when it is run again", options, async () => {
  const { sim, run } = runWithOutage({ from: 9, ms: Infinity });
  await assert.rejects(run);
  const again = await new OpenAIBatch(sim.options).run(QUESTIONS, RUN);
  assert.deepEqual(again.values(), ANSWERS);
  assert.equal(sim.ledger.requests.length, 30);
});

test("a run does not wait for what will not pass", options, async () => {
  const { client, calls } = script(() => refusal(401));
  await assert.rejects(client.run(QUESTIONS, RUN), {
    status: 401,
    jobId: "night",
  });
  assert.equal(calls.length, 1);
});

test("a run waits as long as a server asks it to", options, async () => {
  const sim = createSimulator();
  let first: number | undefined;
  let second: number | undefined;
  const client = new OpenAIBatch({
    ...sim.options,
    fetch: (input, init) => {
      if (first === undefined) {
        first = sim.clock.now();
        return Promise.resolve(refusal(429, { "retry-after": "300" }));
      }
      second ??= sim.clock.now();
      return sim.fetch(input, init);
    },
  });
  await client.run(QUESTIONS, RUN);
  assert.equal(second! - first!, 300_000);
});
