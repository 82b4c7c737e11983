/** What the compiler refuses. Checked, and never run. */

import {
  type BatchRequest,
  chunk,
  OpenAIBatch,
  poll,
} from "@offpeak/openai-batch";

const model = "gpt-4o-mini";

const params = { model, temperature: 0 };

const texts = ["Great value.", "It broke."];

/** What would be paid for, or run five times, by mistake. */
export async function mistakesAreRefused(client: OpenAIBatch): Promise<void> {
  // @ts-expect-error a lone string would be five requests
  await client.run("hello");
  // @ts-expect-error as above
  await client.run(() => "hello");
  // @ts-expect-error as above
  client.stream("hello");
  // @ts-expect-error as above
  await client.submit("hello");
  // @ts-expect-error as above
  chunk("hello");
  // @ts-expect-error one request is not a list
  await client.run({ role: "user", content: "hi" });
  // @ts-expect-error a number is not a request
  await client.run([1]);
  // @ts-expect-error undefined is not a request
  await client.run([undefined]);
  // @ts-expect-error an empty object is not a request
  await client.run([{}]);
  // @ts-expect-error requests are required
  await client.run();
}

/** A wrapper is not a message, a body or a line. */
export function mixturesAreRefused(): void {
  const content = "hi";
  const body = { model, messages: [{ role: "user", content }] };
  const requests: BatchRequest[] = [
    // @ts-expect-error a message has no id
    { id: "a", role: "user", content },
    // @ts-expect-error a message has no params
    { role: "user", content, params },
    // @ts-expect-error a body has no params beside it
    { body, params },
    // @ts-expect-error a body has no content beside it
    { body, content },
    // @ts-expect-error parameters stand in `params`
    { content, temperature: 0 },
    // @ts-expect-error it is called content
    { id: "a", prompt: "hi" },
    // @ts-expect-error a line has no params
    {
      custom_id: "a",
      method: "POST",
      url: "/v1/chat/completions",
      body,
      params,
    },
    // @ts-expect-error a line has a url
    { custom_id: "a", method: "POST", body },
    // @ts-expect-error a line has a body
    { custom_id: "a", method: "POST", url: "/v1/chat/completions" },
    // @ts-expect-error an id is a string
    { id: 7, content },
    // @ts-expect-error an id is not null
    { id: null, content },
    // @ts-expect-error a content is not null
    { content: null },
  ];
  void requests;
}

/** Misspelt parameters, in each place where they may stand. */
export async function typosInBodiesAreRefused(
  client: OpenAIBatch,
): Promise<void> {
  const messages = [{ role: "user", content: "hi" }];
  // @ts-expect-error max_completion_tokens
  await client.run(texts, { params: { model, max_completion_token: 5 } });
  // @ts-expect-error temperature
  await client.run([{ content: "hi", params: { temprature: 0 } }]);
  // @ts-expect-error temperature
  await client.run([{ body: { messages, temprature: 0 } }]);
  await client.run([{
    custom_id: "a",
    method: "POST",
    url: "/v1/chat/completions",
    // @ts-expect-error temperature
    body: { model, messages, temprature: 0 },
  }]);
  // @ts-expect-error content
  await client.run([{ role: "user", contents: "hi" }]);
  await client.run([{
    // @ts-expect-error image_url
    content: [{ type: "image_url", imageUrl: { url: "" } }],
  }]);

  await client.run(texts, {
    endpoint: "/v1/embeddings",
    // @ts-expect-error dimensions
    params: { model, dimension: 256 },
  });
  await client.run(texts, {
    endpoint: "/v1/responses",
    // @ts-expect-error chat's name: max_output_tokens
    params: { model, max_completion_tokens: 5 },
  });
  await client.run(texts, {
    endpoint: "/v1/embeddings",
    // @ts-expect-error embeddings have no temperature
    params: { model, temperature: 0 },
  });
}

/** Values of the wrong kind, and what is not the caller's to set. */
export async function wrongValuesAreRefused(
  client: OpenAIBatch,
): Promise<void> {
  // @ts-expect-error a number
  await client.run(texts, { params: { model, temperature: "0" } });
  // @ts-expect-error the requests are the messages
  await client.run(texts, { params: { model, messages: [] } });
  // @ts-expect-error a batch does not stream
  await client.run(texts, { params: { model, stream: true } });
  // @ts-expect-error a batch does not stream
  await client.run([{ body: { model, messages: [], stream: true } }]);
  await client.run(texts, {
    endpoint: "/v1/embeddings",
    // @ts-expect-error the requests are the input
    params: { model, input: "hi" },
  });
  // @ts-expect-error embeddings take no messages
  await client.run([{ role: "user", content: "hi" }], {
    endpoint: "/v1/embeddings",
  });
  // @ts-expect-error a prompt is one text
  await client.run([{ content: ["a"] }], {
    endpoint: "/v1/images/generations",
  });
}

/** Misspelt options, and options of the wrong kind. */
export async function wrongOptionsAreRefused(
  client: OpenAIBatch,
): Promise<void> {
  // @ts-expect-error batchSize
  await client.run(texts, { batch_size: 2 });
  // @ts-expect-error parameters stand in `params`
  await client.run(texts, { model });
  // @ts-expect-error a number
  await client.run(texts, { batchSize: "2" });
  // @ts-expect-error job
  await client.run(texts, { jobId: "a" });
  // @ts-expect-error a string
  await client.run(texts, { job: 5 });
  // @ts-expect-error the module's own
  await client.run(texts, { batch: { input_file_id: "file-1" } });
  // @ts-expect-error the module's own
  await client.run(texts, { file: { purpose: "batch" } });
  // @ts-expect-error metadata are strings
  await client.run(texts, { batch: { metadata: { a: 1 } } });
  // @ts-expect-error chunk sends nothing, so it takes no job
  chunk(texts, { job: "a" });
  // @ts-expect-error an endpoint is a string
  await client.run(texts, { endpoint: 5 });
  // @ts-expect-error apiKey
  new OpenAIBatch({ api_key: "sk-…" });
  // @ts-expect-error a number
  new OpenAIBatch({ timeout: "60s" });
  // @ts-expect-error pollInterval
  poll(client, ["batch_1"], { interval: 1 });
}

/** Undefined stands for "not given", as from a variable that may be unset. */
export async function undefinedIsAccepted(client: OpenAIBatch): Promise<void> {
  const unset = undefined as undefined;
  await client.run([{ id: unset, content: "hi", params: unset }], {
    params: { model, temperature: unset, stop: unset },
    batchSize: unset,
    maxBytes: unset,
    job: unset,
    pollInterval: unset,
    signal: unset,
    progress: unset,
    batch: unset,
    file: unset,
  });
  new OpenAIBatch({
    apiKey: unset,
    baseURL: unset,
    fetch: unset,
    clock: unset,
  });
}
