/**
 * The simulator's rate limits, and how its headers are read.
 *
 * @module
 */

import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { Allowance } from "../../src/direct/_allowance.ts";
import { readDuration } from "../../src/duration.ts";

function limited(limits: Parameters<typeof createSimulator>[0]) {
  const sim = createSimulator(limits);
  const ask = (body: object) =>
    sim.fetch(`${sim.options.baseURL}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${sim.options.apiKey}` },
      body: JSON.stringify({
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: "12345678" }],
        ...body,
      }),
    });
  return { sim, ask };
}

function told({ headers }: Response, kind: string) {
  return ["limit", "remaining", "reset"].map((what) =>
    headers.get(`x-ratelimit-${what}-${kind}`)
  );
}

test(
  "requests per minute: headers count down, then 429 until there is room",
  options,
  async () => {
    const { sim, ask } = limited({ limits: { requestsPerMinute: 2 } });
    assert.deepEqual(told(await ask({}), "requests"), ["2", "1", "30s"]);
    const second = await ask({});
    assert.equal(second.headers.get("x-ratelimit-remaining-requests"), "0");
    const third = await ask({});
    assert.equal(third.status, 429);
    assert.equal((await third.json()).error.code, "rate_limit_exceeded");
    const wait = Number(third.headers.get("retry-after-ms"));
    assert.ok(wait > 29_000 && wait <= 30_000, `${wait}`);
    assert.equal(third.headers.get("retry-after"), `${Math.ceil(wait / 1e3)}`);
    assert.equal((await ask({ model: "gpt-4o" })).status, 200); // its own limit
    await sim.clock.advance(wait);
    assert.equal((await ask({})).status, 200);
    assert.equal(sim.ledger.requests.length, 4);
  },
);

test(
  "tokens per minute: the prompt, or the output's cap if that is more",
  options,
  async () => {
    const { ask } = limited({ limits: { tokensPerMinute: 100 } });
    assert.deepEqual(told(await ask({}), "tokens"), ["100", "98", "1.2s"]);
    const capped = await ask({ max_completion_tokens: 60 });
    assert.equal(capped.headers.get("x-ratelimit-remaining-tokens"), "38");
    assert.equal((await ask({ max_completion_tokens: 60 })).status, 429);
    assert.equal((await ask({ max_completion_tokens: 20 })).status, 200);
  },
);

test("without limits there are no such headers", options, async () => {
  const { ask } = limited({});
  assert.deepEqual(told(await ask({}), "requests"), [null, null, null]);
});

function tell(remaining: number, limit = 100): Headers {
  return new Headers({
    "x-ratelimit-limit-requests": `${limit}`,
    "x-ratelimit-remaining-requests": `${remaining}`,
    "x-ratelimit-reset-requests": "30s",
  });
}

test("the answer to an older call is ignored", options, () => {
  const requests = new Allowance("requests");
  for (let call = 1; call <= 3; call++) requests.begin(1);
  requests.end(1, 2, tell(1), 0);
  assert.equal(requests.waitFor(1, 0), 30_000); // two others are under way
  requests.end(1, 1, tell(50), 0);
  assert.equal(requests.waitFor(1, 0), 30_000);
  requests.end(1, 3, tell(50), 0);
  assert.equal(requests.waitFor(50, 0), 0);
});

test("after the reset no more is sent than the limit", options, () => {
  const requests = new Allowance("requests");
  requests.begin(1);
  requests.end(1, 1, tell(0, 2), 0);
  assert.equal(requests.waitFor(1, 29_999), 1);
  for (let call = 2; call <= 3; call++) {
    assert.equal(requests.waitFor(1, 30_000), 0);
    requests.begin(1);
  }
  assert.equal(requests.waitFor(1, 30_000), Infinity);
  requests.end(1, 2, undefined, 31_000);
  assert.equal(requests.waitFor(1, 31_000), 0);
});

test("a reset in bare seconds is read too", options, () => {
  const requests = new Allowance("requests");
  requests.begin(1);
  const headers = new Headers({
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "12.5",
  });
  requests.end(1, 1, headers, 0);
  assert.equal(requests.waitFor(1, 0), 12_500);
});

test("durations are read as servers write them", options, () => {
  const cases = {
    "6m0s": 360_000,
    "1s": 1_000,
    "120ms": 120,
    "8.64s": 8_640,
    "1h2m3.5s": 3_723_500,
    "1d": 86_400_000,
    "12": undefined,
    "": undefined,
    "soon": undefined,
    "1x": undefined,
    "-1s": undefined,
  };
  for (const [text, ms] of Object.entries(cases)) {
    assert.equal(readDuration(text), ms, text);
  }
});
