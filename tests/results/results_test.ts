/**
 * From the lines of output and error files to results, and what a run makes of
 * them.
 *
 * @module
 */

import {
  type Endpoint,
  FailedRequestsError,
  type Fetch,
  type JobOptions,
  OpenAIBatch,
  type Requests,
  type Run,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedAnswer,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

const MODEL = "gpt-4o-mini";
const CHAT = "/v1/chat/completions";

type Respond = (request: SimulatedRequest) => SimulatedAnswer;

/** Runs requests against a server that answers so. */
async function runOn<E extends Endpoint = typeof CHAT>(
  respond: Respond,
  requests: Requests<NoInfer<E>>,
  options: JobOptions<E> = {},
): Promise<Run<E, undefined>> {
  const sim = createSimulator({ respond });
  const client = new OpenAIBatch(sim.options);
  const params = { model: MODEL } as JobOptions<E>["params"];
  return await client.run<E>(requests, { params, progress: false, ...options });
}

/** The one result of a single request. */
async function resultOf<E extends Endpoint = typeof CHAT>(
  answer: SimulatedAnswer,
  options: JobOptions<E> = {},
) {
  const requests = [{ id: "a", content: "hi" }] as unknown as Requests<E>;
  const run = await runOn<E>(() => answer, requests, options);
  assert.equal(run.results.length, 1);
  return run.results[0]!;
}

function chatBody(choice: object, more: object = {}): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "gpt-4o-mini-2024-07-18",
    choices: [{ index: 0, finish_reason: "stop", ...choice }],
    ...more,
  };
}

function said(content: string | null, more: object = {}): object {
  return { message: { role: "assistant", content, ...more } };
}

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
  "an answer is a success with its text, its body and where it comes from",
  options,
  async () => {
    const body = chatBody(said("Hello."));
    const result = await resultOf(body);
    const { batchId, requestId, ...rest } = result;
    assert.match(batchId!, /^batch_/);
    assert.match(requestId!, /^req_/);
    assert.deepEqual(rest, {
      id: "a",
      index: 0,
      attempts: 1,
      via: "batch",
      lane: "batch",
      model: "gpt-4o-mini-2024-07-18",
      usage: undefined,
      ok: true,
      output: "Hello.",
      outputs: ["Hello."],
      parsed: undefined,
      body,
      finishReason: "stop",
    });
  },
);

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
  "lines about nobody are passed over, and a second line for one request too",
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

test("names of Object.prototype are ids like any other", options, async () => {
  const ids = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  const requests = ids.map((id) => ({ id, content: `of ${id}` }));
  const run = await runOn(({ text }) => text, requests);
  assert.deepEqual(run.values(), ids.map((id) => `of ${id}`));
  for (const id of ids) assert.equal(run.get(id)?.output, `of ${id}`);
  const { get } = await runOn(({ text }) => text, ["x"]);
  for (const id of ids) assert.equal(get(id), undefined);
});

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

test(
  "an answer that was cut off is a success that says so",
  options,
  async () => {
    const chat = await resultOf(
      chatBody({ ...said("Once upon"), finish_reason: "length" }),
    );
    assert.ok(chat.ok);
    assert.deepEqual([chat.output, chat.finishReason], ["Once upon", "length"]);

    const content = [{ type: "output_text", text: "Once upon" }];
    const body = {
      id: "resp_1",
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      error: null,
      output: [{ type: "message", content }],
    };
    const response = await resultOf(body, { endpoint: "/v1/responses" });
    assert.ok(response.ok);
    assert.deepEqual(
      [response.output, response.finishReason],
      ["Once upon", "incomplete"],
    );
  },
);

test(
  'tool calls are a success with the output "" and the calls in the body',
  options,
  async () => {
    const call = {
      id: "call_1",
      type: "function",
      function: { name: "weather", arguments: '{"city":"Paris"}' },
    };
    const chat = await resultOf(chatBody({
      ...said(null, { tool_calls: [call] }),
      finish_reason: "tool_calls",
    }));
    assert.ok(chat.ok);
    assert.deepEqual(
      [chat.output, chat.outputs, chat.finishReason],
      ["", [""], "tool_calls"],
    );
    assert.deepEqual(chat.body.choices[0]?.message.tool_calls, [call]);

    const body = {
      id: "resp_1",
      status: "completed",
      output: [{ type: "function_call", name: "weather", arguments: "{}" }],
    };
    const response = await resultOf(body, { endpoint: "/v1/responses" });
    assert.ok(response.ok);
    assert.deepEqual([response.output, response.outputs], ["", [""]]);
  },
);

test(
  "n answers are n outputs, the first of them the output",
  options,
  async () => {
    const choices = ["a", "b", "c"].map((content, index) => ({
      index,
      finish_reason: "stop",
      ...said(content),
    }));
    const result = await resultOf(chatBody({}, { choices }));
    assert.ok(result.ok);
    assert.deepEqual([result.output, result.outputs], ["a", ["a", "b", "c"]]);
  },
);

test("the texts of a response are one output", options, async () => {
  const text = (text: string) => ({ type: "output_text", text });
  const body = {
    id: "resp_1",
    status: "completed",
    model: "gpt-6-luna",
    output: [
      { type: "reasoning", summary: [] },
      { type: "message", content: [text("Hel"), text("lo")] },
      { type: "web_search_call" },
      { type: "message", content: [text(".")] },
    ],
  };
  const result = await resultOf(body, { endpoint: "/v1/responses" });
  assert.ok(result.ok);
  assert.deepEqual([result.output, result.outputs], ["Hello.", ["Hello."]]);
  assert.deepEqual([result.finishReason, result.model], [
    "completed",
    "gpt-6-luna",
  ]);
});

test("embeddings are vectors, one for each input", options, async () => {
  const run = await runOn<"/v1/embeddings">(
    ({ body }) => ({
      object: "list",
      model: body.model,
      data: body.input.map((_: string, index: number) => ({
        object: "embedding",
        index,
        embedding: [index, 0.5],
      })),
      usage: { prompt_tokens: 4, total_tokens: 4 },
    }),
    [{ content: ["a", "b"] }],
    { endpoint: "/v1/embeddings" },
  );
  const [result] = run.succeeded;
  assert.deepEqual(result?.output, [0, 0.5]);
  assert.deepEqual(result?.outputs, [[0, 0.5], [1, 0.5]]);
  assert.equal(result?.finishReason, undefined);
  assert.deepEqual(result?.usage, {
    input_tokens: 4,
    output_tokens: 0,
    total_tokens: 4,
  });
  assert.deepEqual(run.values(), [[0, 0.5]]);
});

test("embeddings in base64 stay as they are", options, async () => {
  const data = [{ object: "embedding", index: 0, embedding: "AAAAPw==" }];
  const body = { object: "list", model: "m", data };
  const result = await resultOf(body, { endpoint: "/v1/embeddings" });
  assert.equal(result.output as unknown, "AAAAPw==");
});

test(
  "moderations are what was found, one for each input, without usage",
  options,
  async () => {
    const found = (flagged: boolean) => ({
      flagged,
      categories: { hate: flagged },
      category_scores: { hate: Number(flagged) },
    });
    const results = [found(true), found(false)];
    const body = { id: "modr-1", model: "omni-moderation-latest", results };
    const result = await resultOf(body, { endpoint: "/v1/moderations" });
    assert.ok(result.ok);
    assert.deepEqual([result.output, result.outputs], [results[0], results]);
    assert.equal(result.usage, undefined);
  },
);

test("images are the pictures", options, async () => {
  for (
    const endpoint of ["/v1/images/generations", "/v1/images/edits"] as const
  ) {
    const data = [{ b64_json: "AAAA" }, { url: "https://example.com/a.png" }];
    const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
    const result = await resultOf({ created: 1, data, usage }, { endpoint });
    assert.ok(result.ok);
    assert.deepEqual([result.output, result.outputs], [data[0], data]);
    assert.deepEqual(result.usage, usage);
  }
});

test("completions are texts", options, async () => {
  const choices = ["a", "b"].map((text, index) => ({
    index,
    text,
    logprobs: null,
    finish_reason: "length",
  }));
  const body = { id: "cmpl-1", object: "text_completion", model: "m", choices };
  const result = await resultOf(body, { endpoint: "/v1/completions" });
  assert.ok(result.ok);
  assert.deepEqual([result.output, result.outputs], ["a", ["a", "b"]]);
  assert.equal(result.finishReason, "length");
});

test(
  "a body of an endpoint that is not known is a success without output",
  options,
  async () => {
    const video = { id: "video_1", object: "video", status: "completed" };
    const sim = createSimulator({ respond: () => video });
    const run = await new OpenAIBatch(sim.options).run(
      [{ body: { model: "sora-2", prompt: "a cat" } }],
      { endpoint: "/v1/videos", progress: false },
    );
    const [result] = run.succeeded;
    assert.deepEqual(result?.body, video);
    assert.deepEqual([result?.output, result?.outputs], [undefined, []]);
  },
);

test("chat's tokens are renamed, with their details", options, async () => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 20,
    total_tokens: 30,
    prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 8 },
  };
  const { usage: renamed } = await resultOf(chatBody(said("x"), { usage }));
  assert.deepEqual(renamed, {
    input_tokens: 10,
    output_tokens: 20,
    total_tokens: 30,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens_details: { reasoning_tokens: 8 },
  });
});

test(
  "a run's usage is the sum over its results, refusals included",
  options,
  async () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 20,
      total_tokens: 30,
    };
    const run = await runOn(({ text }) => {
      if (text === "refuse") {
        return chatBody(said(null, { refusal: "No." }), { usage });
      }
      if (text === "fail") return { status: 400, body: { error: {} } };
      return chatBody(said(text), { usage });
    }, ["a", "refuse", "fail", "b"]);
    assert.equal(run.usage.input_tokens, 30);
    assert.equal(run.usage.output_tokens, 60);
    assert.equal(run.usage.total_tokens, 90);
    assert.equal(run.usage.models.length, 1);
    assert.match(run.usageTable(), /Total.*\b90\b/);
  },
);

/** 2xx bodies that no server should send; each is read without a crash. */
const ODD_BODIES: [what: string, body: unknown][] = [
  ["null", null],
  ["a text", "OK"],
  ["a number", 5],
  ["a list", []],
  ["an empty object", {}],
  ["choices that are no list", { choices: {} }],
  ["no choices", { choices: [] }],
  ["choices that are null", { choices: [null, 5, "x"] }],
  ["messages that are null", { choices: [{ message: null }] }],
  ["a content that is a list", { choices: [{ message: { content: [{}] } }] }],
  ["a refusal that is no text", { choices: [{ message: { refusal: {} } }] }],
  ["a finish_reason that is no text", { choices: [{ finish_reason: 1 }] }],
  ["output items that are null", { output: [null, { content: [null] }] }],
  ["an output text that is no text", {
    output: [{ content: [{ type: "output_text", text: 5 }] }],
  }],
  ["data that are null", { data: [null, { embedding: null }] }],
  ["results that are null", { results: [null] }],
  ["a usage that is no object", { choices: [], usage: "many" }],
  ["a usage of negative and broken numbers", {
    choices: [],
    usage: { prompt_tokens: -1, completion_tokens: 0.5 },
  }],
  ["a model that is no text", { choices: [], model: {} }],
];

for (const [what, body] of ODD_BODIES) {
  test(
    `a body with ${what} is one result, and its neighbours are untouched`,
    options,
    async () => {
      const respond: Respond = ({ text }) =>
        text === "odd" ? { status: 200, body } : text;
      const run = await runOn(respond, ["a", "odd", "b"]);
      assert.deepEqual(run.results.map(({ id }) => id), ["0", "1", "2"]);
      assert.equal(run.get("0")?.output, "a");
      assert.equal(run.get("2")?.output, "b");
      assert.equal(run.get("1")?.index, 1);
      assert.equal(run.succeeded.length + run.failed.length, 3);
      const { usage, model } = run.get("1")!;
      assert.deepEqual([usage, model], [undefined, undefined]);
    },
  );
}

test(
  "results are in input order, though the files are not",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => text });
    const client = new OpenAIBatch(sim.options);
    const texts = Array.from({ length: 60 }, (_, i) => `t${i}`);
    const run = await client.run(texts, {
      params: { model: MODEL },
      batchSize: 25,
      progress: false,
    });
    assert.deepEqual(run.values(), texts);
    assert.deepEqual(run.results.map(({ index }) => index), [...texts.keys()]);
    const asked = sim.ledger.requests.map(({ text }) => text);
    assert.deepEqual(asked.toSorted(), texts.toSorted());
    assert.notDeepEqual(asked, texts);
  },
);

test(
  "results are in input order, though their models are mixed",
  options,
  async () => {
    const requests = Array.from({ length: 12 }, (_, i) => ({
      content: `t${i}`,
      params: { model: `m${i % 3}` },
    }));
    const run = await runOn(({ text, model }) => `${text} ${model}`, requests, {
      batchSize: 2,
    });
    assert.deepEqual(
      run.values(),
      requests.map(({ content, params }) => `${content} ${params.model}`),
    );
    assert.deepEqual(
      run.results.map(({ model }) => model),
      requests.map(({ params }) => params.model),
    );
  },
);

test("get finds a result by its id", options, async () => {
  const requests = [{ id: "x", content: "a" }, "b"];
  const run = await runOn(({ text }) => text, requests);
  assert.equal(run.get("x"), run.results[0]);
  assert.equal(run.get("1"), run.results[1]);
  assert.equal(run.get("0"), undefined);
});

test(
  "succeeded and failed are the results, told apart, in input order",
  options,
  async () => {
    const respond: Respond = ({ text }) =>
      Number(text) % 3 === 0 ? { status: 400, body: { error: {} } } : text;
    const run = await runOn(respond, ["0", "1", "2", "3", "4"]);
    assert.deepEqual(run.succeeded.map(({ id }) => id), ["1", "2", "4"]);
    assert.deepEqual(run.failed.map(({ id }) => id), ["0", "3"]);
    assert.deepEqual(run.results.map(({ ok }) => ok), [
      false,
      true,
      true,
      false,
      true,
    ]);
  },
);

test(
  "values throws FailedRequestsError with every failure, if there is one",
  options,
  async () => {
    const body = {
      error: { message: "SECRET", code: "context_length_exceeded" },
    };
    const respond: Respond = ({ text }) =>
      text === "long" ? { status: 400, body } : text;
    const run = await runOn(respond, ["a", { id: "l", content: "long" }], {
      job: "j",
    });
    assert.throws(() => run.values(), (error) => {
      assert.ok(error instanceof FailedRequestsError);
      assert.equal(error.name, "FailedRequestsError");
      assert.equal(error.jobId, "j");
      assert.deepEqual(error.failed, run.failed);
      assert.match(error.message, /"l".*context_length_exceeded/);
      assert.doesNotMatch(error.message, /SECRET/);
      return true;
    });
  },
);

test(
  "batches are the API's own objects, each with its part and its results",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ text }) =>
        text === "t2" ? { status: 400, body: { error: {} } } : text,
    });
    const client = new OpenAIBatch(sim.options);
    const run = await client.run(["t0", "t1", "t2", "t3", "t4"], {
      params: { model: MODEL },
      batchSize: 2,
      progress: false,
    });
    assert.deepEqual(
      run.batches.map(({ part, round }) => [part, round]),
      [[0, 0], [1, 0], [2, 0]],
    );
    assert.deepEqual(
      run.batches.map(({ results }) => results.map(({ id }) => id)),
      [["0", "1"], ["2", "3"], ["4"]],
    );
    for (const [i, batch] of run.batches.entries()) {
      const { part: _, round: __, results, ...wire } = batch;
      assert.deepEqual(wire, sim.ledger.batches[i]);
      for (const result of results) assert.equal(result.batchId, batch.id);
    }
    assert.deepEqual(
      run.batches.flatMap(({ results }) => results),
      run.results,
    );
  },
);

test(
  "a stream yields each result once, with its place in the input",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => text });
    const client = new OpenAIBatch(sim.options);
    const texts = Array.from({ length: 10 }, (_, i) => `t${i}`);
    const stream = client.stream(texts, {
      params: { model: MODEL },
      batchSize: 3,
      progress: false,
    });
    const results = await Array.fromAsync(stream);
    assert.deepEqual(
      results.map(({ index }) => index).toSorted((a, b) => a! - b!),
      [...texts.keys()],
    );
    for (const { index, output } of results) {
      assert.equal(
        output,
        texts[index!],
      );
    }
  },
);
