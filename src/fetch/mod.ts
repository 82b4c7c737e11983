/**
 * Batch prices for any SDK: a `fetch` that collects the calls of a program, runs them
 * as jobs, and answers each one as the API would have. Kill the program and run it
 * again, and it finds the answers it has paid for.
 *
 * @example The program stays as it is
 * ```ts
 * import OpenAI from "openai";
 * import { createBatchFetch } from "@offpeak/openai-batch/fetch";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const { apiKey, ...simulated } = createSimulator().options; // stands in for OpenAI
 * const fetch = createBatchFetch({ job: "nightly-2026-11-25", ...simulated });
 * const openai = new OpenAI({ apiKey, fetch, timeout: 2 ** 31 - 1 });
 *
 * const answers = await Promise.all([1, 2, 3].map((i) =>
 *   openai.chat.completions.create({
 *     model: "gpt-4o-mini",
 *     messages: [{ role: "user", content: `1 + ${i} = ` }],
 *   })
 * ));
 * for (const { choices } of answers) console.log(choices[0]?.message.content);
 * ```
 *
 * @module
 */

export { type BatchFetch, createBatchFetch } from "./batch_fetch.ts";
export type { BatchFetchOptions } from "./options.ts";
export type { BatchFetchStats } from "./stats.ts";
