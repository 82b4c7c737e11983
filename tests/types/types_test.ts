/**
 * What the compiler knows of the public surface: what it infers, and what it
 * refuses. The functions are checked and never called; one test at the end
 * shows that the file was loaded.
 *
 * @module
 */

// @ts-ignore: TypeScript itself checks this file without Node's types

// @ts-ignore: TypeScript itself checks this file without Node's types
import assert from "node:assert/strict";
// @ts-ignore: as above
import { test } from "node:test";
import {
  type Batch,
  type BodyOf,
  type Chat,
  type ChatResponse,
  chunk,
  type ClientOptions,
  type EmbeddingResponse,
  type Endpoint,
  type Failure,
  type FailureCode,
  type Image,
  type ImageResponse,
  type Job,
  type JobStatus,
  type Message,
  type Moderation,
  type ModerationResponse,
  OpenAIBatch,
  type Part,
  type RequestLine,
  type ResponsesResponse,
  type Result,
  type ResultStream,
  type Run,
  type RunBatch,
  type Success,
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
  // @ts-expect-error unknown is not a string
  expectType<string>()(text as unknown);
}

/** Without an endpoint it is chat. */
export async function chatIsTheDefault(client: OpenAIBatch): Promise<void> {
  const run = await client.run(texts, { params });
  expectType<Run<Chat, undefined, number>>()(run);
  expectType<Result<Chat, undefined, number>[]>()(run.results);
  expectType<string[]>()(run.values());
  expectType<Run<Chat, undefined, number>>()(await client.run(texts));
  expectType<ResultStream<Chat, undefined, number>>()(client.stream(texts));
  expectType<Job<Chat, undefined>>()(await client.submit(texts));
  expectType<AsyncGenerator<Part<Chat>>>()(chunk(texts));
}

/** `E` comes from `endpoint`, at every method. */
export async function endpointIsInferred(client: OpenAIBatch): Promise<void> {
  const options = { endpoint: "/v1/embeddings" } as const;
  expectType<Run<Embeddings, undefined, number>>()(
    await client.run(texts, options),
  );
  expectType<ResultStream<Embeddings, undefined, number>>()(
    client.stream(texts, options),
  );
  expectType<Job<Embeddings, undefined>>()(await client.submit(texts, options));
  expectType<AsyncGenerator<Part<Embeddings>>>()(chunk(texts, options));

  expectType<Run<Embeddings, undefined, number>>()(
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
  expectType<(number[] | string)[]>()(run.values());
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
  expectType<(number[] | string)[]>()(embeddings.values());
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
    expectType<number[] | string>()(output);
    expectType<(number[] | string)[]>()(outputs);
  }
  for (const { body } of moderations.succeeded) {
    expectType<ModerationResponse>()(body);
  }
  for (const { body } of images.succeeded) expectType<ImageResponse>()(body);
}

/** Without the input, nobody knows its positions. */
export async function attachHasNoIndex(client: OpenAIBatch): Promise<void> {
  const { results } = await (await client.attach("job")).results().collect();
  for (const { index } of results) expectType<number | undefined>()(index);
}

/** `ok` tells a success from a failure. */
export async function okNarrows(client: OpenAIBatch): Promise<void> {
  const { results, failed } = await client.run(texts, { params });
  for (const result of results) {
    expectType<string | undefined>()(result.output);
    expectType<number>()(result.index);
    expectType<Usage | undefined>()(result.usage);
    if (result.ok) {
      expectType<string>()(result.output);
      expectType<undefined>()(result.error);
      const reason: string | undefined = result.finishReason;
      void reason;
    } else {
      expectType<Failure<Chat, number>>()(result);
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
  expectType<Result<Moderations, undefined, number> | undefined>()(
    run.get("a"),
  );
  expectType<RunBatch<Moderations, undefined, number>[]>()(run.batches);
  expectType<Success<Moderations, undefined, number>[]>()(run.succeeded);
  expectType<Failure<Moderations, number>[]>()(run.failed);
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
    expectType<Result<Moderations, undefined, number>>()(result);
  }
  expectType<Run<Moderations, undefined, number>>()(await stream.collect());
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

/** Literals stay open: a new role, effort, model or status is not an error. */
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

test("the types hold for a real run", { timeout: 60_000 }, async () => {
  const client = new OpenAIBatch(createSimulator().options);
  const run = await client.run(texts, {
    endpoint: "/v1/embeddings",
    params: { model: "text-embedding-3-small", dimensions: 3 },
    progress: false,
  });
  const values: (number[] | string)[] = run.values();
  assert.deepEqual(values.map((vector) => vector.length), [3, 3]);
});
