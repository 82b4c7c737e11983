/**
 * What the compiler knows of `schema` and `parsed`, with the libraries that
 * people use. The functions are checked and never called; one test at the end
 * shows that the file was loaded.
 *
 * @module
 */

// @ts-ignore: TypeScript itself checks this file without Node's types
import assert from "node:assert/strict";
// @ts-ignore: as above
import { test } from "node:test";
import {
  type AttachOptions,
  type Chat,
  defineJob,
  type Failure,
  type Job,
  type JobOptions,
  OpenAIBatch,
  type Result,
  type ResultStream,
  type Run,
  type StandardSchema,
  type Success,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { expectType } from "../_support/expect_type.ts";

type Review = { mood: "good" | "bad"; stars: number };
type Embeddings = "/v1/embeddings";

const ofZod = z.object({ mood: z.enum(["good", "bad"]), stars: z.number() });
const ofValibot = v.strictObject({
  mood: v.picklist(["good", "bad"]),
  stars: v.number(),
});
const ofArktype = type({ mood: "'good' | 'bad'", stars: "number" });
const texts = ["Great value.", "It broke."];

/** `T` comes from the schema, at every method. */
export async function everyMethod(client: OpenAIBatch): Promise<void> {
  const options = { schema: ofZod };
  expectType<Run<Chat, Review, number>>()(await client.run(texts, options));
  expectType<ResultStream<Chat, Review, number>>()(
    client.stream(texts, options),
  );
  expectType<Job<Chat, Review>>()(await client.submit(texts, options));
  expectType<Job<Chat, Review>>()(await client.attach("job", options));
  const job = await client.attach("job", { ...options, parse: JSON.parse });
  for await (const part of job.parts()) {
    for await (const result of part.results()) {
      expectType<Review | undefined>()(result.parsed);
    }
  }
  for await (const result of job.results()) {
    if (result.ok) expectType<Review>()(result.parsed);
    else expectType<undefined>()(result.parsed);
  }
}

/** A constant keeps it. */
export async function definedJobs(client: OpenAIBatch): Promise<void> {
  const reviews = defineJob({ job: "reviews", schema: ofZod });
  expectType<JobOptions<Chat, Review>>()(reviews);
  expectType<Job<Chat, Review>>()(await client.submit(texts, reviews));
  expectType<Job<Chat, Review>>()(await client.attach("reviews", reviews));
}

/** From every library, and `values` gives the parsed ones. */
export async function everyLibrary(client: OpenAIBatch): Promise<void> {
  const zod = await client.run(texts, { schema: ofZod });
  expectType<Review[]>()(zod.values());
  expectType<Review>()(zod.succeeded[0]!.parsed);
  const valibot = await client.run(texts, { schema: ofValibot });
  expectType<Review[]>()(valibot.values());
  const told = await client.run(texts, {
    schema: toStandardJsonSchema(ofValibot),
  });
  expectType<Review[]>()(told.values());
  const arktype = await client.run(texts, { schema: ofArktype });
  expectType<Review[]>()(arktype.values());
  const own: StandardSchema<unknown, Date> = null!;
  expectType<Date[]>()((await client.run(texts, { schema: own })).values());
}

/** What a schema makes of the value counts, not what it takes. */
export async function transforms(client: OpenAIBatch): Promise<void> {
  const schema = z.string().transform((text) => text.length);
  const run = await client.run(texts, { schema, parse: "text" });
  expectType<number[]>()(run.values());
}

/** Beside an endpoint. */
export async function endpoints(client: OpenAIBatch): Promise<void> {
  const run = await client.run(texts, {
    endpoint: "/v1/embeddings",
    schema: z.array(z.number()),
  });
  expectType<Run<Embeddings, number[], number>>()(run);
}

/** Without a schema there is nothing parsed, whatever else is passed. */
export async function withoutSchema(client: OpenAIBatch): Promise<void> {
  const again = (result: Result) => !result.ok;
  expectType<string[]>()((await client.run(texts, { retry: again })).values());
  const job = await client.attach("job", { retry: ({ ok }) => !ok });
  expectType<Job<Chat, undefined>>()(job);
}

/** `retry` gets the parsed value and says params of the endpoint. */
export async function retry(client: OpenAIBatch): Promise<void> {
  const run = await client.run(texts, {
    schema: ofZod,
    retry: (result) => {
      expectType<Result<Chat, Review>>()(result);
      return result.ok && result.parsed.stars > 5 && { temperature: 1 };
    },
  });
  expectType<Run<Chat, Review, number>>()(run);
  await client.run(texts, {
    schema: ofZod,
    // @ts-expect-error no such param
    retry: () => ({ temprature: 1 }),
  });
}

/** What is refused. */
export async function refused(client: OpenAIBatch): Promise<void> {
  // @ts-expect-error a JSON Schema is no Standard Schema
  await client.run(texts, { schema: { type: "object" } });
  // @ts-expect-error "yaml"
  await client.run(texts, { schema: ofZod, parse: "yaml" });
  // @ts-expect-error a schema that is not of this type
  const options: JobOptions<Chat, Review> = { schema: z.string() };
  const attach: AttachOptions<Chat, Review> = { schema: ofArktype };
  void [options, attach];
}

/** What a failure says of it. */
export function failure(result: Failure, success: Success<Chat, Review>): void {
  if (result.error.code !== "invalid_output") return;
  for (const { message, path = [] } of result.error.issues ?? []) {
    expectType<string>()(message);
    for (const part of path) {
      expectType<PropertyKey | { readonly key: PropertyKey }>()(part);
    }
  }
  expectType<unknown>()(result.error.cause);
  const any: Result = success;
  void any;
}

test("the types hold for a real run", { timeout: 60_000 }, async () => {
  const sim = createSimulator({ respond: () => '{"mood":"good","stars":5}' });
  const run = await new OpenAIBatch(sim.options).run(texts, {
    params: { model: "gpt-4o-mini" },
    schema: ofZod,
    progress: false,
  });
  const reviews: Review[] = run.values();
  assert.deepEqual(reviews.map(({ stars }) => stars), [5, 5]);
});
