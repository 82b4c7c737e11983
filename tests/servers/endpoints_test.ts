/**
 * Every endpoint of the API, twice: through the simulator, and through the
 * global `fetch` with msw behind it.
 *
 * @module
 */

import {
  defineJob,
  OpenAIBatch,
  type RequestLine,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { withoutVersion } from "../_support/dialects/azure_older.ts";
import { testEndpoint } from "./_endpoint.ts";

const CHAT = "/v1/chat/completions";

const params = { model: "gpt-4o-mini" };

const user = (content: string) => ({ role: "user", content });

testEndpoint("chat completions take every form of a request", {
  options: { params: { ...params, temperature: 0 } },
  requests: [
    "1 + 1 =",
    user("1 + 2 ="),
    [{ role: "developer", content: "Be brief." }, user("1 + 3 =")],
    { content: [{ type: "text", text: "1 + 4 =" }], params: { seed: 7 } },
    { id: "own", body: { messages: [user("1 + 5 =")], temperature: 1 } },
    {
      custom_id: "line",
      method: "POST",
      url: CHAT,
      body: { ...params, messages: [user("1 + 6 =")] },
    },
  ],
  bodies: [
    { ...params, temperature: 0, messages: [user("1 + 1 =")] },
    { ...params, temperature: 0, messages: [user("1 + 2 =")] },
    {
      ...params,
      temperature: 0,
      messages: [{ role: "developer", content: "Be brief." }, user("1 + 3 =")],
    },
    {
      ...params,
      temperature: 0,
      seed: 7,
      messages: [{
        role: "user",
        content: [{ type: "text", text: "1 + 4 =" }],
      }],
    },
    { ...params, temperature: 1, messages: [user("1 + 5 =")] },
    { ...params, messages: [user("1 + 6 =")] },
  ],
  check: (run) => {
    const sums = [2, 3, 4, 5, 6, 7].map((sum, i) => `1 + ${i + 1} = ${sum}`);
    assert.deepEqual(run.values(), sums);
    assert.equal(run.succeeded[0]?.finishReason, "stop");
    assert.equal(run.succeeded[0]?.body.object, "chat.completion");
  },
});

testEndpoint("responses take texts, messages and items", {
  options: {
    endpoint: "/v1/responses",
    params: { ...params, instructions: "Add.", max_output_tokens: 64 },
  },
  requests: [
    "1 + 1 =",
    user("1 + 2 ="),
    {
      content: [user("1 + 3 ="), { type: "item_reference", id: "msg_1" }],
      params: { reasoning: { effort: "low" } },
    },
  ],
  bodies: [
    {
      ...params,
      instructions: "Add.",
      max_output_tokens: 64,
      input: "1 + 1 =",
    },
    {
      ...params,
      instructions: "Add.",
      max_output_tokens: 64,
      input: [user("1 + 2 =")],
    },
    {
      ...params,
      instructions: "Add.",
      max_output_tokens: 64,
      reasoning: { effort: "low" },
      input: [user("1 + 3 ="), { type: "item_reference", id: "msg_1" }],
    },
  ],
  check: (run) => {
    assert.deepEqual(run.values(), ["1 + 1 = 2", "1 + 2 = 3", "1 + 3 = 4"]);
    assert.equal(run.succeeded[0]?.finishReason, "completed");
    assert.equal(run.succeeded[0]?.body.status, "completed");
    assert.ok(run.usage.input_tokens > 0);
  },
});

testEndpoint("embeddings give a vector for each text or list of tokens", {
  options: {
    endpoint: "/v1/embeddings",
    params: { model: "text-embedding-3-small", dimensions: 2 },
  },
  requests: [
    "one text",
    { content: ["one text", "another text"] },
    { content: [15_496, 995] },
    { id: "tokens", content: [[15_496], [995]] },
  ],
  bodies: [
    { input: "one text" },
    { input: ["one text", "another text"] },
    { input: [15_496, 995] },
    { input: [[15_496], [995]] },
  ].map(({ input }) => ({
    model: "text-embedding-3-small",
    dimensions: 2,
    input,
  })),
  check: (run) => {
    const [one, two] = run.succeeded;
    assert.equal(one?.output.length, 2);
    assert.equal(two?.outputs.length, 2);
    assert.deepEqual(two?.output, one?.output);
    assert.equal(run.get("tokens")?.ok && one?.finishReason, undefined);
    assert.deepEqual(two?.body.data.map(({ index }) => index), [0, 1]);
    assert.equal(run.usage.output_tokens, 0);
  },
});

testEndpoint("completions go on from a prompt, n times from each", {
  options: {
    endpoint: "/v1/completions",
    params: { model: "gpt-3.5-turbo-instruct", max_tokens: 20 },
  },
  requests: [
    "1 + 1 =",
    { content: ["a", "b"], params: { n: 2 } },
  ],
  bodies: [
    { model: "gpt-3.5-turbo-instruct", max_tokens: 20, prompt: "1 + 1 =" },
    {
      model: "gpt-3.5-turbo-instruct",
      max_tokens: 20,
      n: 2,
      prompt: ["a", "b"],
    },
  ],
  check: (run) => {
    assert.equal(run.succeeded[0]?.output, "1 + 1 = 2");
    assert.equal(run.succeeded[0]?.finishReason, "stop");
    assert.equal(run.succeeded[1]?.outputs.length, 4);
  },
});

testEndpoint("moderations say what was found in texts and images", {
  options: {
    endpoint: "/v1/moderations",
    params: { model: "omni-moderation-latest" },
  },
  requests: [
    "harmless",
    { content: ["harmless", "harmful"] },
    {
      content: [{
        type: "image_url",
        image_url: { url: "https://example.com/a.png" },
      }],
    },
  ],
  bodies: [
    { model: "omni-moderation-latest", input: "harmless" },
    { model: "omni-moderation-latest", input: ["harmless", "harmful"] },
    {
      model: "omni-moderation-latest",
      input: [{
        type: "image_url",
        image_url: { url: "https://example.com/a.png" },
      }],
    },
  ],
  check: (run) => {
    const [one, two] = run.succeeded;
    assert.equal(one?.output.flagged, false);
    assert.equal(one?.output.categories.violence, false);
    assert.equal(two?.outputs.length, 2);
    assert.equal(one?.usage, undefined);
    assert.equal(one?.finishReason, undefined);
    assert.equal(run.succeeded.length, 3);
  },
});

testEndpoint("image generations give n pictures", {
  options: {
    endpoint: "/v1/images/generations",
    params: { model: "gpt-image-2", size: "1024x1024" },
  },
  requests: ["a cat", { content: "a dog", params: { n: 2 } }],
  bodies: [
    { model: "gpt-image-2", size: "1024x1024", prompt: "a cat" },
    { model: "gpt-image-2", size: "1024x1024", n: 2, prompt: "a dog" },
  ],
  respond: ({ text }) => text,
  check: (run) => {
    const [one, two] = run.succeeded;
    assert.equal(atob(one?.output.b64_json ?? ""), "a cat");
    assert.equal(two?.outputs.length, 2);
    assert.ok((one?.usage?.input_tokens ?? 0) > 0);
  },
});

testEndpoint("image edits carry their pictures as JSON", {
  options: { endpoint: "/v1/images/edits", params: { model: "gpt-image-2" } },
  requests: [{
    content: "make it blue",
    params: { images: [{ file_id: "file-1" }], input_fidelity: "high" },
  }],
  bodies: [{
    model: "gpt-image-2",
    images: [{ file_id: "file-1" }],
    input_fidelity: "high",
    prompt: "make it blue",
  }],
  check: (run) => {
    assert.equal(
      atob(run.values()[0]?.b64_json ?? ""),
      "Answer to: make it blue",
    );
  },
});

testEndpoint(
  "an endpoint that is not known here takes bodies, and gives them",
  {
    options: { endpoint: "/v1/videos", params: { model: "sora-2" } },
    requests: [{ id: "a", body: { prompt: "a cat", seconds: "4" } }],
    bodies: [{ model: "sora-2", prompt: "a cat", seconds: "4" }],
    check: (run) => {
      const [one] = run.succeeded;
      assert.equal(one?.body.object, "video");
      assert.deepEqual(one?.outputs, []);
      assert.equal(one?.output, undefined);
    },
  },
);

testEndpoint("Azure's spelling without /v1 is the same endpoint", {
  between: withoutVersion,
  options: { endpoint: "/chat/completions", params },
  requests: ["1 + 1 =", [user("1 + 2 =")], { content: "1 + 3 =" }],
  bodies: ["1 + 1 =", "1 + 2 =", "1 + 3 ="].map((text) => ({
    ...params,
    messages: [user(text)],
  })),
  check: (run) => {
    assert.deepEqual(run.values(), ["1 + 1 = 2", "1 + 2 = 3", "1 + 3 = 4"]);
    assert.equal(run.batches[0]?.endpoint, "/chat/completions");
    assert.equal(run.succeeded[0]?.body.object, "chat.completion");
  },
});

const line = (custom_id: string, url: string, body: object) => ({
  custom_id,
  method: "POST",
  url,
  body,
});

testEndpoint<typeof CHAT | "/v1/embeddings">(
  "one job asks several endpoints, a batch for each",
  {
    options: {},
    requests: [
      line("a", CHAT, { ...params, messages: [user("1 + 1 =")] }),
      line("b", "/v1/embeddings", { model: "e", input: "a", dimensions: 1 }),
    ] as (RequestLine | RequestLine<"/v1/embeddings">)[],
    bodies: [
      { ...params, messages: [user("1 + 1 =")] },
      { model: "e", input: "a", dimensions: 1 },
    ],
    check: (run) => {
      const [text, vector] = run.values();
      assert.equal(text, "1 + 1 = 2");
      assert.equal(vector?.length, 1);
      assert.deepEqual(run.batches.map(({ endpoint }) => endpoint).sort(), [
        CHAT,
        "/v1/embeddings",
      ]);
    },
  },
);

test("a job in a constant is run, and gone on with", options, async () => {
  const vectors = defineJob({
    job: "vectors",
    endpoint: "/v1/embeddings",
    params: { model: "text-embedding-3-small", dimensions: 2 },
    batchSize: 1,
  });
  const { options } = createSimulator();
  const run = await new OpenAIBatch(options).run(["a", "b"], vectors);
  const job = await new OpenAIBatch(options).attach("vectors", vectors);
  const again = await job.results().collect();
  assert.deepEqual(
    new Set(again.values().map(String)),
    new Set(run.values().map(String)),
  );
  assert.equal(run.batches.length, 2);
});
