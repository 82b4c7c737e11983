/** What the compiler knows of endpoints, lines, building blocks and errors. Checked, and never run. */

import {
  type APIErrorBody,
  type At,
  type Batch,
  type Chat,
  type ChatResponse,
  chunk,
  type Clock,
  defineJob,
  type EmbeddingResponse,
  encodeLines,
  type Endpoint,
  type Fetch,
  type Job,
  type JobOptions,
  OpenAIBatch,
  OpenAIBatchError,
  type OutputLine,
  type OutputOf,
  type Params,
  parseLines,
  poll,
  type RequestLine,
  type Requests,
  type Result,
  type ResultStream,
  type Run,
  type RunBatch,
  type UnknownEndpoint,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { expectType } from "../_support/expect_type.ts";

const model = "gpt-4o-mini";

const params = { model, temperature: 0 };

const texts = ["Great value.", "It broke."];

type Responses = "/v1/responses";

type Embeddings = "/v1/embeddings";

/** An endpoint that is in no table takes any body, and promises nothing. */
export async function unknownEndpoints(client: OpenAIBatch): Promise<void> {
  expectType<UnknownEndpoint>()(null! as At<"/v1/rerank">);
  const body = { model: "rerank-1", query: "cats", documents: texts };
  const run = await client.run([{ id: "a", body }], {
    endpoint: "/v1/rerank",
    params: { top_n: 3 },
  });
  expectType<unknown[]>()(run.values());
  expectType<Run<"/v1/rerank", undefined, number>>()(run);
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
  expectType<(number[] | string)[]>()(embeddings.values());
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
  expectType<Run<Both, undefined, number>>()(run);
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
  expectType<Run<Chat, undefined, number>>()(
    await client.run(requests, options),
  );
  expectType<(number[] | string)[]>()(
    (await client.run(texts, typed)).values(),
  );
  void [job, stream];
}

/** What one endpoint gave is not what another gives. */
export async function endpointsDoNotMix(client: OpenAIBatch): Promise<void> {
  const save = (result: Result) => result.ok ? result.output.length : 0;
  const run = await client.run(texts, { endpoint: "/v1/embeddings" });
  // @ts-expect-error vectors are not texts
  run.results.map(save);
  // @ts-expect-error a run of vectors is not a run of texts
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
  expectType<number[] | string>()(null! as OutputOf<Embeddings>);
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
  expectType<Run<Embeddings, undefined, number>>()(
    await client.run(texts, vectors),
  );
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
  // @ts-expect-error a string is not a source of bytes
  parseLines("{}\n");
  // @ts-expect-error another type than the lines
  parseLines<string>(blob, { malformed: () => 5 });
  expectType<ReadableStream<Uint8Array>>()(encodeLines([1, "a", null]));
  // @ts-expect-error a single value is not a list
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
  // @ts-expect-error a single string is not a list
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
