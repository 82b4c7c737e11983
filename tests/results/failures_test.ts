/** Which lines are failures, and what they tell. */

import { type Fetch, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { chatBody, resultOf, said } from "./_results.ts";

const MODEL = "gpt-4o-mini";

/** The server with the lines of its output files rewritten. No line may get shorter. */
function rewriteOutputs(
  sim: Simulator,
  rewrite: (line: string) => string,
): Fetch {
  return async (input, init) => {
    const response = await sim.fetch(input, init);
    if (!/\/files\/[^/]+\/content$/.test(String(input))) return response;
    const lines = (await response.text()).trimEnd().split("\n");
    return new Response(lines.map((line) => rewrite(line) + "\n").join(""));
  };
}

test(
  "a request that ran and was refused is a failure with status, code, type and param",
  options,
  async () => {
    const error = {
      message: "Invalid 'max_output_tokens': integer below minimum value.",
      type: "invalid_request_error",
      param: "max_output_tokens",
      code: "integer_below_min_value",
    };
    const result = await resultOf({ status: 400, body: { error } });
    assert.equal(result.ok, false);
    assert.deepEqual(result.error, { ...error, status: 400 });
    assert.equal(result.attempts, 1);
    assert.match(result.batchId!, /^batch_/);
    assert.match(result.requestId!, /^req_/);
    assert.equal(result.output, undefined);
  },
);

test(
  "a request that never ran is a failure with the line's code, and no status",
  options,
  async () => {
    for (const code of ["batch_expired", "request_timeout"] as const) {
      const result = await resultOf({ error: code });
      assert.equal(result.ok, false);
      assert.equal(result.error?.code, code);
      assert.ok(result.error!.message.length > 0);
      assert.equal(result.error!.status, undefined);
      assert.equal(result.requestId, undefined);
      assert.equal(result.usage, undefined);
      assert.match(result.batchId!, /^batch_/);
    }
  },
);

test(
  "an error without a code has its type as code, or its status",
  options,
  async () => {
    const message = "You exceeded your current quota.";
    const typed = { error: { message, type: "requests", code: null } };
    assert.deepEqual((await resultOf({ status: 403, body: typed })).error, {
      code: "requests",
      type: "requests",
      message,
      status: 403,
    });
    for (
      const body of [null, "Bad Gateway", {}, { error: null }, { detail: [] }]
    ) {
      const { error } = await resultOf({ status: 422, body });
      assert.equal(error?.code, "http_422");
      assert.equal(error?.status, 422);
      assert.match(error!.message, /422/);
    }
  },
);

test("a 2xx with an error in its body is a failure", options, async () => {
  const error = { code: "server_error", message: "The model broke down." };
  const body = { id: "resp_1", status: "failed", error, output: [] };
  const result = await resultOf(body, { endpoint: "/v1/responses" });
  assert.equal(result.ok, false);
  assert.equal(result.error?.code, "server_error");
  assert.equal(result.error?.message, "The model broke down.");
});

test(
  "a line of the output file with another status than 2xx is a failure",
  options,
  async () => {
    const statuses = ["  0", "500", "302", '""', "1e9"];
    for (const status of statuses) {
      const sim = createSimulator();
      const fetch = rewriteOutputs(sim, (line) => {
        assert.match(line, /"status_code":200/);
        return line.replace('"status_code":200', `"status_code":${status}`);
      });
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const params = { model: MODEL };
      const options = { params, progress: false, maxAttempts: 1 };
      const run = await client.run(["hi", "ho"], options);
      assert.equal(run.failed.length, 2, status);
      assert.equal(run.succeeded.length, 0, status);
    }
  },
);

test(
  "a line of the output file with an error is a failure",
  options,
  async () => {
    const sim = createSimulator();
    const error = { code: "odd", message: "Both at once." };
    const fetch = rewriteOutputs(
      sim,
      (line) =>
        line.replace(/"error":null\}$/, `"error":${JSON.stringify(error)}}`),
    );
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const options = { params: { model: MODEL }, progress: false };
    const { results: [result] } = await client.run(["hi"], options);
    assert.equal(result?.error?.code, "odd");
  },
);

test(
  "lines without a request are skipped, and a second line for one request too",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => text });
    const odd = [
      "null",
      "5",
      '"text"',
      "[]",
      "{}",
      "no JSON",
      '{"custom_id":7,"response":null,"error":null}',
      '{"custom_id":"nobody","response":null,"error":null}',
      '{"custom_id":"__proto__","response":null,"error":null}',
    ];
    const fetch = rewriteOutputs(
      sim,
      (line) => [...odd, line, line.replace("200", "500"), ...odd].join("\n"),
    );
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const options = { params: { model: MODEL }, progress: false };
    const run = await client.run(["a", "b", "c"], options);
    assert.deepEqual(run.results.map(({ id }) => id), ["0", "1", "2"]);
    assert.deepEqual(run.values(), ["a", "b", "c"]);
  },
);

test(
  "a refusal in chat is a failure with its text, and it is paid",
  options,
  async () => {
    const body = chatBody(said(null, { refusal: "I can't help with that." }), {
      usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    });
    const result = await resultOf(body);
    assert.equal(result.ok, false);
    assert.equal(result.error?.code, "refusal");
    assert.equal(result.error?.message, "I can't help with that.");
    assert.deepEqual(result.body, body);
    assert.equal(result.usage?.total_tokens, 12);
  },
);

test(
  "a refusal in a response is a failure with its text",
  options,
  async () => {
    const content = [{ type: "refusal", refusal: "I can't help with that." }];
    const body = {
      id: "resp_1",
      status: "completed",
      model: MODEL,
      output: [{ type: "reasoning" }, { type: "message", content }],
    };
    const result = await resultOf(body, { endpoint: "/v1/responses" });
    assert.equal(result.error?.code, "refusal");
    assert.equal(result.error?.message, "I can't help with that.");
  },
);

test("an empty or absent refusal is none", options, async () => {
  for (const refusal of ["", null, undefined]) {
    const result = await resultOf(chatBody(said("Hello.", { refusal })));
    assert.equal(result.ok && result.output, "Hello.");
  }
});
