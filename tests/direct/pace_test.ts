/**
 * How many direct calls run at a time, and when they may begin.
 *
 * @module
 */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { watchCalls } from "../_support/in_flight.ts";
import { chat, read } from "../_support/direct.ts";
import { refusal, script } from "../_support/scripted.ts";
import { callsTo, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const HOUR = 3_600_000;
const CHAT = /\/chat\/completions$/;

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

test("concurrency 1 asks in sequence, in input order", options, async () => {
  const sim = createSimulator();
  const calls = watchCalls(sim.fetch);
  const client = new OpenAIBatch({ ...sim.options, fetch: calls.fetch });
  const { results } = await read(
    client.direct(sums(10), { params, concurrency: 1 }),
  );
  assert.equal(calls.most, 1);
  assert.deepEqual(results.map(({ index }) => index), [...Array(10).keys()]);
});

test("concurrency is reached, and never exceeded", options, async () => {
  for (const concurrency of [2, 7, undefined]) {
    const sim = createSimulator({ faults: { "500": 0.2 } });
    const calls = watchCalls(sim.fetch);
    const client = new OpenAIBatch({ ...sim.options, fetch: calls.fetch });
    await client.direct(sums(200), { params, concurrency }).collect();
    assert.equal(calls.most, concurrency ?? 32);
  }
});

test(
  "requests are read as there is room for them, and only while results are read",
  options,
  async () => {
    let read = 0;
    function* source() {
      for (const sum of sums(1_000)) {
        read++;
        yield sum;
      }
    }
    const sim = createSimulator();
    const stream = open(sim).direct(source(), { params, concurrency: 5 });
    await sim.clock.advance(HOUR);
    assert.equal(read, 0);
    for (let taken = 1; taken <= 20; taken++) {
      await stream.next();
      await sim.clock.advance(HOUR);
      assert.ok(read <= taken + 5, `${read} read, ${taken} taken`);
    }
    await stream.return();
    assert.ok(callsTo(sim, "POST", CHAT) <= 25);
  },
);

test(
  "a 429 halves the calls, and answers bring them back one by one",
  options,
  async () => {
    const widths: number[] = [];
    let running = 0;
    const { client, clock } = script(async (_, index) => {
      widths.push(++running);
      await clock.sleep(1_000);
      running--;
      return index === 100 ? refusal(429, { "retry-after": "30" }) : chat("x");
    });
    const stream = client.direct(sums(400), { params, concurrency: 16 });
    assert.equal((await stream.collect()).succeeded.length, 400);
    const most = (from: number, to: number) =>
      Math.max(...widths.slice(from, to));
    assert.equal(most(0, 100), 16);
    const after = widths.lastIndexOf(1) + 1; // the pause let all calls end
    assert.ok(after > 100);
    assert.equal(most(after, after + 16), 8);
    assert.equal(most(after, after + 24), 9);
    assert.equal(most(300, 401), 16);
  },
);

test(
  "Retry-After makes all calls wait, and a burst of refusals halves once",
  options,
  async () => {
    let running = 0;
    let most = 0;
    const { client, clock, calls } = script(async (_, index) => {
      running++;
      if (index >= 8) most = Math.max(most, running);
      await clock.sleep(100);
      running--;
      return index < 8 ? refusal(429, { "retry-after": "20" }) : chat("x");
    });
    const stream = client.direct(sums(8), { params, concurrency: 8 });
    const run = await stream.collect();
    assert.equal(run.succeeded.length, 8);
    assert.ok(calls[8]!.at - calls[7]!.at >= 20_000);
    assert.equal(most, 4);
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [
      ...Array(8).fill(1),
    ]);
  },
);

test("the x-ratelimit headers are kept to", options, async () => {
  const cases = [
    { limits: { requestsPerMinute: 60 }, requests: sums(300) },
    {
      limits: { tokensPerMinute: 1_000 },
      requests: sums(300).map(({ id }) => ({ id, content: "x".repeat(80) })),
    },
  ];
  for (const { limits, requests } of cases) {
    const sim = createSimulator({ limits });
    const run = await open(sim).direct(requests, { params }).collect();
    assert.equal(run.succeeded.length, 300);
    // What the first calls could not know of: no more than the cap.
    assert.ok(
      sim.ledger.calls.length <= 300 + 32,
      `${sim.ledger.calls.length}`,
    );
    const took = sim.clock.now() - Date.UTC(2026, 0, 1);
    assert.ok(took < 20 * 60_000, `${took}`);
  }
});

test("remaining 0 waits for the reset", options, async () => {
  const { client, waits } = script((_, index) =>
    chat(
      "x",
      index === 0
        ? {
          "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": "12.5s",
        }
        : {},
    )
  );
  await client.direct(sums(3), { params, concurrency: 1 }).collect();
  const [first, second] = waits();
  assert.ok(first! >= 12_500 && first! < 13_000, `${first}`);
  assert.ok(second! < 1_000);
});

test("remaining tokens wait for their reset", options, async () => {
  const { client, waits } = script(() =>
    chat("x", {
      "x-ratelimit-remaining-tokens": "999",
      "x-ratelimit-reset-tokens": "1m0s",
    })
  );
  const content = "short";
  const long = { max_completion_tokens: 1_000 };
  const requests = [{ content }, { content }, { content, params: long }];
  await client.direct(requests, { params, concurrency: 1 }).collect();
  assert.ok(waits()[0]! < 1_000);
  assert.equal(waits()[1], 60_000);
});
