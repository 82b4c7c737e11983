/** Direct calls that the caller ends, and what is left of them. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { watchCalls } from "../_support/in_flight.ts";
import { read } from "../_support/direct.ts";
import { caught } from "../_support/scripted.ts";
import { sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

const HOUR = 3_600_000;

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

/** How many calls were ended before their answer. */
function unanswered(sim: Simulator): number {
  return sim.ledger.calls.filter(({ status }) => status === 0).length;
}

test(
  "an abort ends all calls, rejects with its reason, and closes the source",
  options,
  async () => {
    const sim = createSimulator();
    const calls = watchCalls(sim.fetch);
    const client = new OpenAIBatch({ ...sim.options, fetch: calls.fetch });
    const stop = new AbortController();
    let closed = false;
    function* source() {
      try {
        yield* sums(1_000);
      } finally {
        closed = true;
      }
    }
    const stream = client.direct(source(), { params, signal: stop.signal });
    const { results, error } = await read((async function* () {
      for await (const result of stream) {
        yield result;
        if (stream.usage.models[0]?.requests === 40) {
          stop.abort(new Error("Ctrl-C"));
        }
      }
    })());
    assert.equal(String(error), "Error: Ctrl-C");
    assert.ok(results.length >= 20 && results.length < 100);
    await sim.clock.advance(HOUR);
    assert.equal(calls.running, 0);
    assert.ok(calls.widths.length < 150);
    assert.ok(closed);
  },
);

test("an abort does not wait for a source that is slow", options, async () => {
  const sim = createSimulator();
  const stop = new AbortController();
  async function* source() {
    yield "a";
    await new Promise(() => {});
    yield "b";
  }
  const stream = open(sim).direct(source(), { params, signal: stop.signal });
  assert.equal((await stream.next()).value?.ok, true);
  const next = caught(() => stream.next());
  stop.abort(new Error("enough"));
  assert.equal(String(await next), "Error: enough");
});

test(
  "an abort ends the calls even while nothing is reading",
  options,
  async () => {
    const sim = createSimulator();
    const stop = new AbortController();
    const { signal } = stop;
    const stream = open(sim).direct(sums(100), { params, signal });
    await stream.next();
    stop.abort(new Error("Ctrl-C"));
    await sim.clock.advance(HOUR);
    assert.ok(unanswered(sim) > 0);
    const { error } = await read(stream);
    assert.equal(String(error), "Error: Ctrl-C");
  },
);

test("a break leaves no calls either", options, async () => {
  const sim = createSimulator();
  const calls = watchCalls(sim.fetch);
  const client = new OpenAIBatch({ ...sim.options, fetch: calls.fetch });
  for await (const _ of client.direct(sums(1_000), { params })) break;
  await sim.clock.advance(HOUR);
  assert.equal(calls.running, 0);
  assert.ok(unanswered(sim) > 0);
  assert.ok(calls.widths.length < 80, `${calls.widths.length}`);
});

test("an abort before the first call sends nothing", options, async () => {
  const sim = createSimulator();
  const signal = AbortSignal.abort(new Error("too late"));
  const stream = open(sim).direct(sums(3), { params, signal });
  await assert.rejects(stream.collect(), /too late/);
  assert.equal(sim.ledger.calls.length, 0);
});
