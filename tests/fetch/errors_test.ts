/** What `createBatchFetch` answers where a request failed. */

import {
  type BatchFetch,
  type BatchFetchOptions,
  createBatchFetch,
} from "@offpeak/openai-batch/fetch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { ask } from "../_support/calls.ts";
import { errorAnswer, isCreate, refuse } from "../_support/servers.ts";

function start(
  sim: Simulator,
  more: Partial<BatchFetchOptions> = {},
): BatchFetch {
  const { fetch, clock } = sim.options;
  return createBatchFetch({ fetch, clock, job: "night", ...more });
}

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
  "without credit calls are answered with 402, and a later run continues",
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
