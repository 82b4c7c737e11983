/** Which calls of `createBatchFetch` go into a batch, which are passed on, and which are refused. */

import { type Fetch, OpenAIBatch } from "@offpeak/openai-batch";
import {
  type BatchFetch,
  type BatchFetchOptions,
  createBatchFetch,
} from "@offpeak/openai-batch/fetch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { ask, chat, post } from "../_support/calls.ts";

const URL = "https://api.openai.com/v1";

function start(
  sim: Simulator,
  more: Partial<BatchFetchOptions> = {},
): BatchFetch {
  const { fetch, clock } = sim.options;
  return createBatchFetch({ fetch, clock, job: "night", ...more });
}

/** A `fetch` that only writes down what it was called with. */
function passing(): { fetch: Fetch; requests: Request[] } {
  const requests: Request[] = [];
  return {
    requests,
    fetch: (input, init) => {
      requests.push(new Request(input, init));
      return Promise.resolve(new Response("passed"));
    },
  };
}

const json = { "content-type": "application/json", authorization: "Bearer k" };

const body = JSON.stringify(chat("hello"));

const PASSED: Record<string, [string | Request, RequestInit?]> = {
  "a GET": [`${URL}/responses/resp_1`],
  "a POST to another path": [`${URL}/vector_stores`, {
    method: "POST",
    headers: json,
    body: "{}",
  }],
  "a POST below an endpoint": [`${URL}/responses/resp_1/cancel`, {
    method: "POST",
    headers: json,
    body: "{}",
  }],
  "a form": [`${URL}/images/edits`, { method: "POST", body: new FormData() }],
  "a form as a Request": [
    new Request(`${URL}/images/edits`, {
      method: "POST",
      body: new FormData(),
    }),
  ],
  "a call with the header x-offpeak: direct": [`${URL}/chat/completions`, {
    method: "POST",
    headers: { ...json, "x-offpeak": "direct", "x-offpeak-key": "a" },
    body,
  }],
};

for (const [name, [input, init]] of Object.entries(PASSED)) {
  test(
    `${name} goes to the real fetch, without the headers of this module`,
    options,
    async () => {
      const real = passing();
      const fetch = createBatchFetch({ job: "night", fetch: real.fetch });
      const response = await fetch(input, init);
      assert.equal(await response.text(), "passed");
      const [request] = real.requests;
      assert.equal(real.requests.length, 1);
      assert.equal(request?.headers.has("x-offpeak"), false);
      assert.equal(request?.headers.has("x-offpeak-key"), false);
      assert.equal(fetch.stats.passed, 1);
    },
  );
}

test(
  "a body may come as bytes or in a Request, as fetch takes it",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const url = `${URL}/chat/completions`;
    const headers = { ...json, authorization: "Bearer sk-simulator" };
    const bytes = new TextEncoder().encode(body);
    const init = { method: "POST", headers, body: bytes };
    const responses = await Promise.all([
      fetch(url, init),
      fetch(new Request(url, init)),
    ]);
    assert.deepEqual(responses.map(({ status }) => status), [200, 200]);
    assert.deepEqual(sim.ledger.requests.map(({ body }) => body), [
      chat("hello"),
      chat("hello"),
    ]);
  },
);

test(
  "an endpoint that is not known goes into a batch if the header says so",
  options,
  async () => {
    const real = createSimulator();
    const fetch = start(real);
    const answer = await post(fetch, { model: "m", prompt: "a film" }, {
      url: `${URL}/videos`,
      headers: { "x-offpeak": "batch" },
    });
    assert.equal(answer.status, 200);
    assert.equal(real.ledger.batches[0]?.endpoint, "/v1/videos");
  },
);

/** Bad calls, and what their answer says. */
const REFUSED: Record<string, [unknown, RegExp, Record<string, string>?]> = {
  "that is no JSON": ["{", /JSON object/],
  "that is a list": [[1], /body must be an object/],
  "that asks for a stream": [chat("a", { stream: true }), /stream/],
  "without a model": [{ messages: [{ role: "user", content: "a" }] }, /model/],
  "larger than maxBytes": [chat("a".repeat(5_000)), /bytes: maxBytes is 2000/],
  "with an unknown mode": [chat("a"), /x-offpeak/, { "x-offpeak": "slow" }],
  "of another key": [chat("a"), /apiKey/, { authorization: "Bearer other" }],
  "of another organization": [chat("a"), /organization/, {
    "openai-organization": "o",
  }],
  "of another project": [chat("a"), /project/, { "openai-project": "p" }],
};

for (const [name, [body, message, headers]] of Object.entries(REFUSED)) {
  test(
    `a call ${name} is answered at once, and the others of its window go on`,
    options,
    async () => {
      const sim = createSimulator();
      const fetch = start(sim, { maxBytes: 2_000 });
      const startedAt = sim.clock.now();
      const good = ask(fetch, "good");
      const bad = await post(fetch, body, headers ? { headers } : {});
      assert.equal(sim.clock.now(), startedAt);
      assert.equal(bad.status, 400);
      assert.equal(bad.headers.get("x-should-retry"), "false");
      assert.deepEqual(Object.keys(bad.body.error), [
        "message",
        "type",
        "param",
        "code",
      ]);
      assert.equal(bad.body.error.type, "invalid_request_error");
      assert.match(bad.body.error.message, message);
      assert.doesNotMatch(bad.body.error.message, /sk-simulator|other(?!_)/);
      assert.equal((await good).status, 200);
      assert.equal(sim.ledger.requests.length, 1);
    },
  );
}

test("a call of another host is refused", options, async () => {
  const sim = createSimulator();
  const fetch = start(sim);
  const good = ask(fetch, "a");
  const url = "https://example.com/v1/chat/completions";
  const bad = await ask(fetch, "b", { url });
  assert.deepEqual([bad.status, bad.code], [400, "invalid_request"]);
  assert.equal((await good).status, 200);
});

const BAD_OPTIONS: Record<string, [object, RegExp]> = {
  "no name": [{ job: undefined }, /job must have 1 to 47 .*: it is undefined/],
  "a name with a dot": [{ job: "a.b" }, /must have/],
  "a name that is too long": [{ job: "a".repeat(48) }, /must have 1 to 47/],
  "a window of 0": [{ window: 0 }, /option window .* it is 0/],
  "a size of half a call": [{ size: 0.5 }, /option size/],
  "another pending": [{ pending: "throw" }, /option pending/],
  "an option of requests": [{ params: {} }, /no option "params"/],
  "an unknown option": [{ windows: 1 }, /no option "windows"/],
  "a wrong option of clients": [{ settleTime: -1 }, /settleTime/],
  "a wrong option of jobs": [{ maxAttempts: 0 }, /maxAttempts/],
};

for (const [name, [bad, message]] of Object.entries(BAD_OPTIONS)) {
  test(`${name} is an error at once`, options, () => {
    const make = () => createBatchFetch({ job: "night", ...bad });
    assert.throws(make, (error: Error) => {
      assert.ok(error instanceof TypeError || error instanceof RangeError);
      assert.match(error.message, message);
      return true;
    });
  });
}

test(
  "a name that run has used is refused, and nothing is sent",
  options,
  async () => {
    const sim = createSimulator();
    const params = { model: "gpt-4o-mini" };
    await new OpenAIBatch(sim.options).run(["a"], { params, job: "night" });
    const answer = await ask(start(sim), "a");
    assert.deepEqual([answer.status, answer.code], [400, "job_conflict"]);
    assert.equal(sim.ledger.batches.length, 1);
  },
);
