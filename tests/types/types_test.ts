/**
 * What the compiler knows of the public surface: what it infers, and what it
 * refuses. The functions are checked and never called; one test at the end
 * shows that the file was loaded.
 *
 * @module
 */

// @ts-ignore: TypeScript itself checks this file without Node's types
import assert from "node:assert/strict";
// @ts-ignore: as above
import { test } from "node:test";
import {
  type APIErrorBody,
  type At,
  type Batch,
  type BatchRequest,
  type BodyOf,
  type Chat,
  type ChatResponse,
  chunk,
  type ClientOptions,
  type Clock,
  defineJob,
  type EmbeddingResponse,
  encodeLines,
  type Endpoint,
  type Failure,
  type FailureCode,
  type Fetch,
  type Image,
  type ImageResponse,
  type Job,
  type JobOptions,
  type JobStatus,
  type Message,
  type Moderation,
  type ModerationResponse,
  OpenAIBatch,
  OpenAIBatchError,
  type OutputLine,
  type OutputOf,
  type Params,
  parseLines,
  type Part,
  poll,
  type RequestLine,
  type Requests,
  type ResponsesResponse,
  type Result,
  type ResultStream,
  type Run,
  type RunBatch,
  type Success,
  type UnknownEndpoint,
  type Usage,
  type UsageReport,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { expectType } from "../_support/expect_type.ts";

const model = "gpt-4o-mini";
const params = { model, temperature: 0 };
const texts = ["Great value.", "It broke."];

type Responses = "/v1/responses";
type Embeddings = "/v1/embeddings";
type Moderations = "/v1/moderations";

/** The helper itself can fail. */
export function helper(text: string): void {
  expectType<string>()(text);
  // @ts-expect-error narrower
  expectType<"a">()(text);
  // @ts-expect-error wider
  expectType<string | undefined>()(text);
  // @ts-expect-error unknown is no string
  expectType<string>()(text as unknown);
}

/** Without an endpoint it is chat. */
export async function chatIsTheDefault(client: OpenAIBatch): Promise<void> {
  const run = await client.run(texts, { params });
  expectType<Run<Chat, undefined>>()(run);
  expectType<Result<Chat, undefined>[]>()(run.results);
  expectType<string[]>()(run.values());
  expectType<Run<Chat, undefined>>()(await client.run(texts));
  expectType<ResultStream<Chat, undefined>>()(client.stream(texts));
  expectType<Job<Chat, undefined>>()(await client.submit(texts));
  expectType<AsyncGenerator<Part<Chat>>>()(chunk(texts));
}

/** `E` comes from `endpoint`, at every method. */
export async function endpointIsInferred(client: OpenAIBatch): Promise<void> {
  const options = { endpoint: "/v1/embeddings" } as const;
  expectType<Run<Embeddings, undefined>>()(await client.run(texts, options));
  expectType<ResultStream<Embeddings, undefined>>()(
    client.stream(texts, options),
  );
  expectType<Job<Embeddings, undefined>>()(await client.submit(texts, options));
  expectType<AsyncGenerator<Part<Embeddings>>>()(chunk(texts, options));

  expectType<Run<Embeddings, undefined>>()(
    await client.run(texts, {
      endpoint: "/v1/embeddings",
      params: { model: "text-embedding-3-small", dimensions: 256 },
    }),
  );
  expectType<AsyncGenerator<Part<Responses>>>()(
    chunk(texts, { endpoint: "/v1/responses", batchSize: 10 }),
  );
}

/** `E` does not come from the requests. */
export async function requestsInferNothing(client: OpenAIBatch): Promise<void> {
  const line: RequestLine<Embeddings> = {
    custom_id: "a",
    method: "POST",
    url: "/v1/embeddings",
    body: { model: "text-embedding-3-small", input: "a" },
  };
  // @ts-expect-error the endpoint is not named
  await client.run([line]);
  // @ts-expect-error another endpoint is named
  await client.run([line], { endpoint: "/v1/moderations" });
  const run = await client.run([line], { endpoint: "/v1/embeddings" });
  expectType<number[][]>()(run.values());
}

/** Outputs, bodies and values are the endpoint's. */
export async function resultsAreTyped(client: OpenAIBatch): Promise<void> {
  const chat = await client.run(texts, { params });
  const responses = await client.run(texts, {
    endpoint: "/v1/responses",
    params: { model },
  });
  const embeddings = await client.run(texts, { endpoint: "/v1/embeddings" });
  const completions = await client.run(texts, { endpoint: "/v1/completions" });
  const moderations = await client.run(texts, { endpoint: "/v1/moderations" });
  const images = await client.run(texts, {
    endpoint: "/v1/images/generations",
  });
  const edits = await client.run(texts, { endpoint: "/v1/images/edits" });
  expectType<string[]>()(chat.values());
  expectType<string[]>()(responses.values());
  expectType<number[][]>()(embeddings.values());
  expectType<string[]>()(completions.values());
  expectType<Moderation[]>()(moderations.values());
  expectType<Image[]>()(images.values());
  expectType<Image[]>()(edits.values());

  for (const result of chat.succeeded) {
    expectType<ChatResponse>()(result.body);
    expectType<string[]>()(result.outputs);
    expectType<undefined>()(result.parsed);
  }
  for (const { body } of responses.succeeded) {
    expectType<ResponsesResponse>()(body);
  }
  for (const { body, output, outputs } of embeddings.succeeded) {
    expectType<EmbeddingResponse>()(body);
    expectType<number[]>()(output);
    expectType<number[][]>()(outputs);
  }
  for (const { body } of moderations.succeeded) {
    expectType<ModerationResponse>()(body);
  }
  for (const { body } of images.succeeded) expectType<ImageResponse>()(body);
}

/** `ok` tells a success from a failure. */
export async function okNarrows(client: OpenAIBatch): Promise<void> {
  const { results, failed } = await client.run(texts, { params });
  for (const result of results) {
    expectType<string | undefined>()(result.output);
    expectType<number | undefined>()(result.index);
    expectType<Usage | undefined>()(result.usage);
    if (result.ok) {
      expectType<string>()(result.output);
      expectType<undefined>()(result.error);
      const reason: string | undefined = result.finishReason;
      void reason;
    } else {
      expectType<Failure<Chat>>()(result);
      expectType<FailureCode>()(result.error.code);
      // @ts-expect-error a failure has no outputs
      void result.outputs;
    }
    // @ts-expect-error there may be no error
    void result.error.message;
  }
  for (const { error } of failed) {
    if (error.code === "refusal" || error.code === "a new code") {
      expectType<number | undefined>()(error.status);
    }
  }
}

/** The rest of a run, a stream and a job. */
export async function runsAreTyped(client: OpenAIBatch): Promise<void> {
  const run = await client.run(texts, { endpoint: "/v1/moderations" });
  expectType<Result<Moderations, undefined> | undefined>()(run.get("a"));
  expectType<RunBatch<Moderations, undefined>[]>()(run.batches);
  expectType<Success<Moderations, undefined>[]>()(run.succeeded);
  expectType<Failure<Moderations>[]>()(run.failed);
  expectType<UsageReport>()(run.usage);
  expectType<string>()(run.usageTable({ digits: 8 }));
  expectType<string | undefined>()(run.jobId);
  for (const batch of run.batches) {
    expectType<string | null | undefined>()(batch.output_file_id);
    expectType<number>()(batch.part);
    const wire: Batch = batch;
    void wire;
  }

  const stream = client.stream(texts, { endpoint: "/v1/moderations" });
  for await (const result of stream) {
    expectType<Result<Moderations, undefined>>()(result);
  }
  expectType<Run<Moderations, undefined>>()(await stream.collect());
  // @ts-expect-error what was used can't be set
  stream.usage = run.usage;

  const job = await client.submit(texts, { endpoint: "/v1/moderations" });
  expectType<string>()(job.id);
  expectType<JobStatus>()(await job.step());
  for await (const status of job.watch()) expectType<JobStatus>()(status);
  expectType<ResultStream<Moderations, undefined>>()(
    job.results({ wait: false }),
  );
  // @ts-expect-error the job's id can't be set
  job.id = "other";
}

/** Every form of a request, at every endpoint that takes it. */
export async function formsAreAccepted(client: OpenAIBatch): Promise<void> {
  const message = { role: "user", content: "hi" } as const;
  const parts = [
    { type: "text", text: "What is this?" },
    { type: "image_url", image_url: { url: "https://example.com/a.png" } },
  ];
  await client.run([
    "hi",
    message,
    [message, message],
    { content: "hi" },
    { id: "a", content: [message], params: { temperature: 1 } },
    { id: undefined, content: parts },
    { id: "b", body: { messages: [message], stream: false } },
    {
      custom_id: "c",
      method: "POST",
      url: "/v1/chat/completions",
      body: { model, messages: [message] },
    },
  ], { params });
  await client.run([
    "hi",
    message,
    [message],
    { content: [message, { type: "item_reference", id: "msg_1" }] },
    { body: { input: "hi", reasoning: { effort: "low" } } },
  ], { endpoint: "/v1/responses", params: { model, store: false } });
  await client.run([
    "hi",
    { content: ["a", "b"] },
    { content: [1, 2] },
    { content: [[1], [2]] },
    { body: { input: ["a"] } },
  ], { endpoint: "/v1/embeddings", params: { model } });
  await client.run(["Once", { content: ["a", "b"] }], {
    endpoint: "/v1/completions",
    params: { model, max_tokens: 5 },
  });
  await client.run(["hi", { content: ["a"] }, { content: parts }], {
    endpoint: "/v1/moderations",
  });
  await client.run(["a cat", { content: "a dog", params: { n: 2 } }], {
    endpoint: "/v1/images/generations",
    params: { model: "gpt-image-2", size: "auto" },
  });
  await client.run(
    [{ body: { prompt: "a cat", images: [{ file_id: "f" }] } }],
    {
      endpoint: "/v1/images/edits",
    },
  );
}

/** A list, any iterable, or a function that opens one. */
export async function sourcesAreAccepted(client: OpenAIBatch): Promise<void> {
  async function* generate() {
    for (const text of texts) yield { id: text, content: text };
  }
  const frozen: readonly string[] = texts;
  await client.run(frozen);
  await client.run(new Set(texts));
  await client.run(texts.values());
  await client.run(new Map([["a", "b"]]).values());
  await client.run(generate());
  await client.run(generate);
  await client.run(() => texts);
  await client.run(() => Promise.resolve(texts));
  await client.run(async () => await Promise.resolve(generate()));
  const stream: ReadableStream<string> = new ReadableStream();
  await client.run(stream);
  chunk(generate());
  // @ts-expect-error chunk opens nothing
  chunk(() => texts);
}

/** What `.map` makes of objects: `role` is a string there, and that is fine. */
export async function widenedIsAccepted(client: OpenAIBatch): Promise<void> {
  const wrapped = texts.map((content, i) => ({
    id: `review_${i}`,
    content: [{ role: "user", content }],
  }));
  expectType<{ id: string; content: { role: string; content: string }[] }[]>()(
    wrapped,
  );
  await client.run(wrapped, { params });

  const bare = texts.map((content) => ({ role: "user", content }));
  await client.run(bare, { params });
  await client.run(bare.map((message) => [message, message]), { params });
  await client.run([...wrapped, ...bare], { params });

  const lines = texts.map((content, i) => ({
    custom_id: `${i}`,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model, messages: [{ role: "user", content }] },
  }));
  await client.run(lines);

  const settings = { model: `${model}`, reasoning_effort: "low", stop: ["x"] };
  await client.run(texts, { params: settings });
}

/** Literals stay open: a new role, effort, model or status is no error. */
export function literalsAreOpen(status: JobStatus, batch: Batch): void {
  const message: Message = { role: "critic", content: "hm" };
  const body: BodyOf<Chat> = {
    model: "gpt-9",
    messages: [message],
    reasoning_effort: "ultra",
    service_tier: "night",
    response_format: { type: "xml" },
  };
  const code: FailureCode = "a new code";
  const endpoint: Endpoint = "/v1/rerank";
  const widened: string = "/v1/chat/completions";
  const open: Endpoint = widened;
  const header: ClientOptions = { apiKeyHeader: "x-api-key" };
  if (batch.status === "scheduling" || batch.status === "completed") return;
  // @ts-expect-error phases are ours, and closed
  if (status.phase === "Sleeping") return;
  void [body, code, endpoint, open, header];
}

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
  // @ts-expect-error one request is no list
  await client.run({ role: "user", content: "hi" });
  // @ts-expect-error a number is no request
  await client.run([1]);
  // @ts-expect-error undefined is no request
  await client.run([undefined]);
  // @ts-expect-error an empty object is no request
  await client.run([{}]);
  // @ts-expect-error requests are required
  await client.run();
}

/** A wrapper is no message, no body and no line. */
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

/** An endpoint that is in no table takes any body, and promises nothing. */
export async function unknownEndpoints(client: OpenAIBatch): Promise<void> {
  expectType<UnknownEndpoint>()(null! as At<"/v1/rerank">);
  const body = { model: "rerank-1", query: "cats", documents: texts };
  const run = await client.run([{ id: "a", body }], {
    endpoint: "/v1/rerank",
    params: { top_n: 3 },
  });
  expectType<unknown[]>()(run.values());
  expectType<Run<"/v1/rerank", undefined>>()(run);
  for (const result of run.succeeded) {
    expectType<unknown>()(result.output);
    void result.body.results;
  }
  // @ts-expect-error a message is none of its forms
  await client.run([{ role: "user", content: "hi" }], {
    endpoint: "/v1/rerank",
  });

  const widened: string = "/v1/embeddings";
  const other = await client.run([{ body }], { endpoint: widened });
  expectType<unknown[]>()(other.values());
}

/** Azure's spelling without `/v1` finds the same rows. */
export async function azureSpelling(client: OpenAIBatch): Promise<void> {
  expectType<At<Chat>>()(null! as At<"/chat/completions">);
  expectType<At<Embeddings>>()(null! as At<"/embeddings">);
  expectType<UnknownEndpoint>()(null! as At<"/v1/v1/embeddings">);
  const chat = await client.run([{ role: "user", content: "hi" }], {
    endpoint: "/chat/completions",
    params: { model: "my-deployment" },
  });
  expectType<string[]>()(chat.values());
  const embeddings = await client.run(texts, { endpoint: "/embeddings" });
  expectType<number[][]>()(embeddings.values());
  await client.run(texts, {
    endpoint: "/embeddings",
    // @ts-expect-error dimensions
    params: { dimension: 1 },
  });
}

/** Several endpoints in one job: the union is named. */
export async function unionsOfEndpoints(client: OpenAIBatch): Promise<void> {
  type Both = Chat | Embeddings;
  const lines: RequestLine<Both>[] = [
    {
      custom_id: "a",
      method: "POST",
      url: "/v1/chat/completions",
      body: { model, messages: [{ role: "user", content: "hi" }] },
    },
    {
      custom_id: "b",
      method: "POST",
      url: "/v1/embeddings",
      body: { model: "text-embedding-3-small", input: "hi" },
    },
  ];
  const run = await client.run<Both>(lines);
  expectType<(string | number[])[]>()(run.values());
  expectType<Run<Both, undefined>>()(run);
  for (const result of run.succeeded) {
    expectType<string | number[]>()(result.output);
    expectType<ChatResponse | EmbeddingResponse>()(result.body);
  }
  // @ts-expect-error a third endpoint's body
  await client.run<Both>([{
    custom_id: "c",
    method: "POST",
    url: "/v1/moderations",
    body: { input: "hi" },
  }]);
}

/** In annotations `Result` takes any chat result, `Result<E>` any of `E`. */
export async function annotations(client: OpenAIBatch): Promise<void> {
  const save = (result: Result) => result.ok ? result.output.length : 0;
  const keep = (run: Run) => run.results.map(save);
  const add = (vector: Result<Embeddings>) => vector.output?.[0];
  const name = (code: Result<Endpoint>) => code.id;
  const chat = await client.run(texts, { params });
  chat.results.map(save);
  chat.failed.map(save);
  chat.succeeded.map(save);
  keep(chat);
  for await (const result of client.stream(texts)) save(result);
  const embeddings = await client.run(texts, { endpoint: "/v1/embeddings" });
  embeddings.results.map(add);
  embeddings.results.map(name);
  chat.results.map(name);
  const job: Job = await client.submit(texts);
  const stream: ResultStream = client.stream(texts);
  const options: JobOptions = { params, batchSize: 2, job: "j" };
  const requests: Requests = texts;
  const typed: JobOptions<Embeddings> = { endpoint: "/v1/embeddings" };
  expectType<Run<Chat, undefined>>()(await client.run(requests, options));
  expectType<number[][]>()((await client.run(texts, typed)).values());
  void [job, stream];
}

/** What one endpoint gave is not what another gives. */
export async function endpointsDoNotMix(client: OpenAIBatch): Promise<void> {
  const save = (result: Result) => result.ok ? result.output.length : 0;
  const run = await client.run(texts, { endpoint: "/v1/embeddings" });
  // @ts-expect-error vectors are no texts
  run.results.map(save);
  // @ts-expect-error a run of vectors is no run of texts
  const texted: Run = run;
  // @ts-expect-error nor is its stream
  const stream: ResultStream = client.stream(texts, {
    endpoint: "/v1/embeddings",
  });
  // @ts-expect-error nor are its batches
  const batches: RunBatch[] = run.batches;
  void [texted, stream, batches];
}

/** Rows of the one table. */
export function rows(): void {
  expectType<string>()(null! as OutputOf<Responses>);
  expectType<number[]>()(null! as OutputOf<Embeddings>);
  expectType<unknown>()(null! as OutputOf<"/v1/videos">);
  expectType<string | number[]>()(null! as OutputOf<Chat | Embeddings>);
  const chat: Params = { model, n: 2, stop: null };
  const vectors: Params<Embeddings> = { dimensions: 256 };
  const any: Params<"/v1/rerank"> = { top_n: 3 };
  // @ts-expect-error the request's own
  const prompt: Params<"/v1/completions"> = { prompt: "Once" };
  void [chat, vectors, any, prompt];
}

/** Options in a constant keep their endpoint, at every method. */
export async function jobsAreDefined(client: OpenAIBatch): Promise<void> {
  const vectors = defineJob({
    job: "vectors",
    endpoint: "/v1/embeddings",
    params: { model: "text-embedding-3-small", dimensions: 256 },
    batchSize: 100,
    retry: (result) => result.ok && result.output.length < 256,
  });
  expectType<JobOptions<Embeddings, undefined>>()(vectors);
  expectType<Run<Embeddings, undefined>>()(await client.run(texts, vectors));
  expectType<Job<Embeddings, undefined>>()(await client.submit(texts, vectors));
  expectType<Job<Embeddings, undefined>>()(
    await client.attach("vectors", vectors),
  );
  expectType<JobOptions<Chat, undefined>>()(defineJob({ params }));
  // @ts-expect-error a parameter of another endpoint
  defineJob({ endpoint: "/v1/embeddings", params: { temperature: 0 } });
  // @ts-expect-error batchSize
  defineJob({ batchsize: 100 });
}

/** The lines of the files, as no SDK has them. */
export function linesAreTyped(
  line: OutputLine,
  other: OutputLine<Embeddings>,
): void {
  const { response, error } = line;
  if (response) {
    expectType<number>()(response.status_code);
    expectType<ChatResponse | { error: APIErrorBody }>()(response.body);
    const answer = response.body as ChatResponse;
    expectType<string | null | undefined>()(answer.choices[0]?.message.content);
    const refusal = response.body as { error: APIErrorBody };
    expectType<string | null | undefined>()(refusal.error.code);
  }
  expectType<{ code: string; message: string } | null>()(error);
  // @ts-expect-error it may never have run
  void other.response.body;
  const shapes: OutputLine<Embeddings>[] = [
    {
      id: "1",
      custom_id: "a",
      response: null,
      error: { code: "", message: "" },
    },
    {
      id: "2",
      custom_id: "b",
      response: {
        status_code: 429,
        request_id: "req_2",
        body: { error: { message: "Slow down.", code: null } },
      },
      error: null,
    },
    {
      id: "3",
      custom_id: "c",
      response: {
        status_code: 200,
        request_id: "req_3",
        body: {
          object: "list",
          model,
          data: [{ index: 0, object: "embedding", embedding: [0] }],
          usage: { prompt_tokens: 1, total_tokens: 1 },
        },
      },
      error: null,
    },
  ];
  void shapes;
}

/** The building blocks. */
export async function buildingBlocks(client: OpenAIBatch): Promise<void> {
  for await (const part of chunk(texts, { endpoint: "/v1/embeddings" })) {
    expectType<RequestLine<Embeddings>[]>()(part.lines);
    expectType<string | undefined>()(part.model);
    expectType<Blob>()(part.blob());
    expectType<Embeddings>()(part.endpoint);
  }
  for await (const batch of poll(client, ["batch_1"])) {
    expectType<Batch>()(batch);
  }
  const blob = new Blob(["{}\n"]);
  expectType<AsyncGenerator<unknown>>()(parseLines(blob));
  expectType<AsyncGenerator<{ a: 1 }>>()(parseLines<{ a: 1 }>(blob));
  parseLines(await client.files.content("file-1"));
  parseLines(blob.stream());
  parseLines<string>(blob, { malformed: (text, line) => `${text}${line}` });
  parseLines<string>(blob, { malformed: () => undefined });
  // @ts-expect-error a text is no source of bytes
  parseLines("{}\n");
  // @ts-expect-error another type than the lines
  parseLines<string>(blob, { malformed: () => 5 });
  expectType<ReadableStream<Uint8Array>>()(encodeLines([1, "a", null]));
  // @ts-expect-error one value is no list
  encodeLines({ a: 1 });
}

/** The platform's `fetch` and a hand-made one fit, and so do the simulator's options. */
export function clientOptions(): void {
  const own: Fetch = (input, init) => globalThis.fetch(input, init);
  const clock: Clock = { now: () => 0, sleep: () => Promise.resolve() };
  new OpenAIBatch();
  new OpenAIBatch({ fetch: globalThis.fetch, clock });
  new OpenAIBatch({ fetch: own, apiKey: () => Promise.resolve("key") });
  new OpenAIBatch({ ...createSimulator().options, maxRetries: 0 });
  createSimulator({ respond: ({ text }) => text.toUpperCase() });
  // @ts-expect-error respond
  createSimulator({ response: () => "a" });
}

/** An estimate takes what a run takes, without what is about a job. */
export async function estimates(client: OpenAIBatch): Promise<void> {
  const { cost, models } = await client.estimate(() => texts, {
    endpoint: "/v1/embeddings",
    params: { model: "text-embedding-3-small", dimensions: 3 },
    countTokens: (text, model) => text.length + model.length,
  });
  expectType<number | undefined>()(cost);
  expectType<number | undefined>()(models["a"]?.maxOutputTokens);
  // @ts-expect-error a lone string is no list
  client.estimate("hello");
  // @ts-expect-error a parameter of another endpoint
  client.estimate(texts, { params: { dimensions: 3 } });
  // @ts-expect-error an estimate has no budget
  client.estimate(texts, { budget: 3 });
  // @ts-expect-error a budget is a number
  client.run(texts, { budget: "3" });
}

/** `name` tells errors apart, and so does instanceof. */
export function errors(error: unknown): void {
  if (!(error instanceof OpenAIBatchError)) return;
  expectType<string>()(error.code);
  expectType<string | undefined>()(error.jobId);
  // @ts-expect-error it can't be set
  error.jobId = "other";
}

test("the types hold for a real run", { timeout: 60_000 }, async () => {
  const client = new OpenAIBatch(createSimulator().options);
  const run = await client.run(texts, {
    endpoint: "/v1/embeddings",
    params: { model: "text-embedding-3-small", dimensions: 3 },
    progress: false,
  });
  const values: number[][] = run.values();
  assert.deepEqual(values.map((vector) => vector.length), [3, 3]);
});
