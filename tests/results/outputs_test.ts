/** What the output of an answer is, at each endpoint. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { chatBody, type Respond, resultOf, runOn, said } from "./_results.ts";

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

/** 2xx bodies that no server should send; each is read without a crash. */
const ODD_BODIES: [what: string, body: unknown][] = [
  ["null", null],
  ["a text", "OK"],
  ["a number", 5],
  ["a list", []],
  ["an empty object", {}],
  ["choices that are not a list", { choices: {} }],
  ["no choices", { choices: [] }],
  ["choices that are null", { choices: [null, 5, "x"] }],
  ["messages that are null", { choices: [{ message: null }] }],
  ["a content that is a list", { choices: [{ message: { content: [{}] } }] }],
  ["a refusal that is not a string", {
    choices: [{ message: { refusal: {} } }],
  }],
  ["a finish_reason that is not a string", { choices: [{ finish_reason: 1 }] }],
  ["output items that are null", { output: [null, { content: [null] }] }],
  ["an output text that is not a string", {
    output: [{ content: [{ type: "output_text", text: 5 }] }],
  }],
  ["data that are null", { data: [null, { embedding: null }] }],
  ["results that are null", { results: [null] }],
  ["a usage that is not an object", { choices: [], usage: "many" }],
  ["a usage of negative and broken numbers", {
    choices: [],
    usage: { prompt_tokens: -1, completion_tokens: 0.5 },
  }],
  ["a model that is not a string", { choices: [], model: {} }],
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
