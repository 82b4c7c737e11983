/**
 * What `createBatchFetch` does with calls that are no plain success: passed
 * on, refused, failed, aborted, not answered yet.
 *
 * @module
 */

import { type Fetch, OpenAIBatch } from "@offpeak/openai-batch";
import {
  type BatchFetch,
  type BatchFetchOptions,
  createBatchFetch,
} from "@offpeak/openai-batch/fetch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { ask, chat, post } from "../_support/calls.ts";
import { errorAnswer, isCreate, refuse } from "../_support/servers.ts";

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
  "no name": [{ job: undefined }, /The job undefined must have 1 to 47/],
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

/** What comes of a request, and what the caller sees of it. */
const ERRORS: [object, number, string][] = [
  ...[400, 401, 403, 404].map((status) =>
    [
      {
        status,
        body: {
          error: { code: "odd", message: "It is odd", type: "t", param: "n" },
        },
      },
      status,
      "odd",
    ] as [object, number, string]
  ),
  [
    {
      status: 422,
      body: {
        error: { code: "odd", message: "It is odd", type: "t", param: "n" },
      },
    },
    400,
    "odd",
  ],
  [
    {
      status: 500,
      body: {
        error: { code: "odd", message: "It is odd", type: "t", param: "n" },
      },
    },
    400,
    "odd",
  ],
  [{ error: "request_timeout" }, 400, "request_timeout"],
];

for (const [answer, status, code] of ERRORS) {
  test(
    `a request that ends with ${
      JSON.stringify(answer).slice(0, 14)
    } is answered with ${status} ${code}`,
    options,
    async () => {
      const sim = createSimulator({ respond: () => answer });
      const fetch = start(sim);
      const seen = await ask(fetch, "a");
      assert.deepEqual([seen.status, seen.code], [status, code]);
      assert.equal(seen.headers.get("x-should-retry"), "false");
      if ("status" in answer) {
        assert.match(seen.headers.get("x-request-id") ?? "", /^req_/);
        assert.deepEqual(seen.body.error, {
          message: "It is odd",
          type: "t",
          param: "n",
          code: "odd",
        });
      }
      const asked = sim.ledger.requests.length;
      assert.deepEqual((await ask(fetch, "a")).body, seen.body);
      assert.equal(sim.ledger.requests.length, asked);
    },
  );
}

test(
  "without credit calls are answered with 402, and a later run goes on",
  options,
  async () => {
    const sim = createSimulator();
    let isPaid = false;
    const fetch = refuse(
      sim,
      (call) => isCreate(call) && !isPaid,
      () => errorAnswer(429, "insufficient_quota"),
    );
    const answer = await ask(start(sim, { fetch }), "a");
    assert.deepEqual([answer.status, answer.code], [402, "insufficient_quota"]);
    isPaid = true;
    assert.equal((await ask(start(sim, { fetch }), "a")).status, 200);
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test("a wrong key is answered as the API does", options, async () => {
  const sim = createSimulator();
  const headers = { authorization: "Bearer wrong" };
  const answer = await ask(start(sim), "a", { headers });
  assert.deepEqual([answer.status, answer.code], [401, "invalid_api_key"]);
});

test("an answer that the model declined is the answer", options, async () => {
  const message = { role: "assistant", content: null, refusal: "No." };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  const sim = createSimulator({ respond: () => ({ id: "c", choices }) });
  const answer = await ask(start(sim), "a");
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body.choices, choices);
});

test(
  "a plain abort does not end the wait, and the next equal call takes its place",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const limit = new AbortController();
    const first = ask(fetch, "a", { signal: limit.signal });
    await fetch.flush();
    limit.abort();
    const second = ask(fetch, "a");
    assert.deepEqual((await first).body, (await second).body);
    assert.equal(sim.ledger.requests.length, 1);
    await ask(fetch, "a");
    assert.equal(sim.ledger.requests.length, 2);
  },
);

test(
  "an abort with another reason rejects, and the next equal call takes its place",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const leaving = new AbortController();
    const reason = new Error("no longer wanted");
    const first = ask(fetch, "a", { signal: leaving.signal });
    const rejected = assert.rejects(first, reason);
    await fetch.flush();
    leaving.abort(reason);
    await rejected;
    assert.equal(fetch.pending, 0);
    assert.equal((await ask(fetch, "a")).status, 200);
    assert.equal(sim.ledger.requests.length, 1);
  },
);

test(
  "a call that was given up before its window ended is not sent",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const leaving = new AbortController();
    const first = ask(fetch, "a", { signal: leaving.signal });
    const rejected = assert.rejects(first);
    leaving.abort(new Error("no longer wanted"));
    await rejected;
    await ask(fetch, "b");
    assert.deepEqual(sim.ledger.requests.map(({ text }) => text), ["b"]);
  },
);

test(
  "an already aborted signal rejects at once, as with fetch",
  options,
  async () => {
    const fetch = start(createSimulator());
    await assert.rejects(ask(fetch, "a", { signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
  },
);

for (const how of ["close", "the signal"]) {
  test(
    `${how} ends all waits and every later call; the batches go on`,
    options,
    async () => {
      const sim = createSimulator();
      const ending = new AbortController();
      const fetch = start(sim, { signal: ending.signal });
      const reason = new Error("the deploy is over");
      const rejected = [ask(fetch, "a"), ask(fetch, "b")].map((call) =>
        assert.rejects(call, reason)
      );
      await fetch.flush();
      if (how === "close") await fetch.close(reason);
      else ending.abort(reason);
      await Promise.all(rejected);
      assert.equal(fetch.pending, 0);
      await assert.rejects(ask(fetch, "c"), reason);
      assert.deepEqual(
        sim.ledger.batches.map(({ status }) => status === "cancelled"),
        [false],
      );
      const again = start(sim);
      await Promise.all([ask(again, "a"), ask(again, "b")]);
      assert.equal(again.stats.sent, 0);
    },
  );
}

test(
  "an edge function gets one stage further each time that a cron runs it",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => `${text}!` });
    const invoke = async () => {
      const fetch = start(sim, { pending: "respond" });
      const program = async () => {
        const first = await ask(fetch, "a");
        if (first.status !== 200) return first;
        return await ask(fetch, first.text!);
      };
      const startedAt = sim.clock.now();
      const answer = await program();
      assert.ok(sim.clock.now() - startedAt < 15_000);
      await fetch.flush();
      return answer;
    };
    const stages: string[] = [];
    for (let times = 0; times < 100; times++) {
      const answer = await invoke();
      if (answer.status === 200) {
        assert.equal(answer.text, "a!!");
        assert.deepEqual(stages, ["pending", "pending"]);
        assert.deepEqual(sim.ledger.requests.map(({ text }) => text), [
          "a",
          "a!",
        ]);
        return;
      }
      assert.deepEqual([answer.status, answer.code], [400, "pending"]);
      assert.ok(Number(answer.headers.get("retry-after")) > 0);
      assert.equal(answer.headers.get("x-should-retry"), "false");
      if (sim.ledger.batches.length > stages.length) stages.push("pending");
      await sim.clock.sleep(300_000);
    }
    assert.fail("It never got there");
  },
);

test(
  "in an edge function a file without a batch gets one",
  options,
  async () => {
    const sim = createSimulator();
    let isDown = true;
    const fetch = refuse(
      sim,
      (call) => isCreate(call) && isDown,
      () => errorAnswer(403, "not_now"),
    );
    const invoke = async () => {
      const batchFetch = start(sim, { fetch, pending: "respond" });
      const { status } = await ask(batchFetch, "a");
      await batchFetch.flush().catch(() => {});
      return status;
    };
    await invoke();
    isDown = false;
    for (let times = 0; times < 100; times++) {
      if (await invoke() === 200) {
        return assert.equal(
          sim.ledger.batches.length,
          1,
        );
      }
      await sim.clock.sleep(120_000);
    }
    assert.fail("It never got there");
  },
);

test(
  "an error of the API is handed on with all that it says",
  options,
  async () => {
    const error = { code: "odd", message: "It is odd", inner: { hint: 1 } };
    const sim = createSimulator({
      respond: () => ({ status: 404, body: { error, trace: "t" } }),
    });
    assert.deepEqual((await ask(start(sim), "a")).body, { error, trace: "t" });
  },
);

test(
  "a call that was plainly aborted and answered has used its number up",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const limit = new AbortController();
    const first = ask(fetch, "a", { signal: limit.signal });
    await fetch.flush();
    limit.abort();
    await first;
    await ask(fetch, "a");
    assert.equal(sim.ledger.requests.length, 2);
  },
);
