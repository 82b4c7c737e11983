/**
 * Options of a job as a constant.
 *
 * @module
 */

import type { Chat, Endpoint } from "../types/endpoints.ts";
import type { JobOptions } from "./options.ts";

/**
 * Keeps the literals of options that stand in a constant, so that `run`,
 * `submit` and `attach` infer the endpoint from it. It changes nothing at run
 * time.
 *
 * @typeParam E The endpoint, from `options.endpoint`.
 * @typeParam T The type of `parsed`.
 * @param options The options.
 * @returns The same object.
 *
 * @example
 * ```ts
 * import { defineJob, OpenAIBatch } from "@offpeak/openai-batch";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const vectors = defineJob({
 *   job: "vectors-2026-11-21",
 *   endpoint: "/v1/embeddings",
 *   params: { model: "text-embedding-3-small" },
 * });
 *
 * const client = new OpenAIBatch(createSimulator().options);
 * await client.submit(["first text", "second text"], vectors);
 *
 * // in another process, typed the same
 * const job = await client.attach("vectors-2026-11-21", vectors);
 * for await (const { id, output } of job.results()) console.log(id, output?.length);
 * ```
 */
export function defineJob<E extends Endpoint = Chat, T = undefined>(
  options: JobOptions<E, T>,
): JobOptions<E, T> {
  return options;
}
