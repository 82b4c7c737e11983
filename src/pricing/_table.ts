/**
 * The price table: prices as of 2026-11-21, in USD per 1,000,000 tokens.
 *
 * A dated model name stands here only where its prices differ from those of
 * the name without the date.
 *
 * @module
 */

import type { Price } from "./price.ts";

/** One model. Where the last three are left out, they are half of the first three. */
type Row = readonly [
  input: number,
  cachedInput: number | null,
  output: number,
  batchInput?: number | null,
  batchCachedInput?: number | null,
  batchOutput?: number | null,
];

const ROWS: ReadonlyMap<string, Row> = new Map<string, Row>([
  // OpenAI's price page, read in 2026-09.
  ["babbage-002", [0.4, null, 0.4]],
  ["davinci-002", [2, null, 2]],
  ["gpt-3.5-turbo", [0.5, null, 1.5, null, null, null]],
  ["gpt-3.5-turbo-0125", [0.5, null, 1.5]],
  ["gpt-3.5-turbo-1106", [1, null, 2, 1, null, 2]],
  ["gpt-3.5-turbo-instruct", [1.5, null, 2, null, null, null]],
  ["gpt-4-0613", [30, null, 60]],
  ["gpt-4-turbo-2024-04-09", [10, null, 30]],
  ["gpt-4.1", [2, 0.5, 8, 1, null, 4]],
  ["gpt-4.1-mini", [0.4, 0.1, 1.6, 0.2, null, 0.8]],
  ["gpt-4.1-nano", [0.1, 0.025, 0.4, 0.05, null, 0.2]],
  ["gpt-4o", [2.5, 1.25, 10, 1.25, null, 5]],
  ["gpt-4o-2024-05-13", [5, null, 15]],
  ["gpt-4o-mini", [0.15, 0.075, 0.6, 0.075, null, 0.3]],
  ["gpt-5", [1.25, 0.125, 10]],
  ["gpt-5-mini", [0.25, 0.025, 2]],
  ["gpt-5-nano", [0.05, 0.005, 0.4]],
  ["gpt-5-pro", [15, null, 120]],
  ["gpt-5.1", [1.25, 0.125, 10]],
  ["gpt-5.2", [1.75, 0.175, 14]],
  ["gpt-5.2-pro", [21, null, 168]],
  ["gpt-5.4", [2.5, 0.25, 15, 1.25, 0.13, 7.5]],
  ["gpt-5.4-mini", [0.75, 0.075, 4.5]],
  ["gpt-5.4-nano", [0.2, 0.02, 1.25]],
  ["gpt-5.4-pro", [30, null, 180]],
  ["gpt-5.5", [5, 0.5, 30]],
  ["gpt-5.5-pro", [30, null, 180]],
  ["gpt-5.6-luna", [0.2, 0.02, 1.2]],
  ["gpt-5.6-sol", [4, 0.4, 20]],
  ["gpt-5.6-terra", [2, 0.2, 12]],
  ["gpt-6-astra", [10, 1, 50]],
  ["gpt-6-luna", [0.1, 0.01, 0.5]],
  ["gpt-6-sol", [2, 0.2, 10]],
  ["o1", [15, 7.5, 60, 7.5, null, 30]],
  ["o1-pro", [150, null, 600]],
  ["o3", [2, 0.5, 8, 1, null, 4]],
  ["o3-mini", [1.1, 0.55, 4.4, 0.55, null, 2.2]],
  ["o3-pro", [20, null, 80]],
  ["o4-mini", [1.1, 0.275, 4.4, 0.55, null, 2.2]],
  ["omni-moderation-latest", [0, null, 0]],
  // Tables of 2026-07 and 2026-09 that agree with each other.
  ["gpt-3.5-turbo-16k", [3, null, 4, null, null, null]],
  ["gpt-3.5-turbo-instruct-0914", [1.5, null, 2, null, null, null]],
  ["gpt-4", [30, null, 60, null, null, null]],
  ["gpt-4-0125-preview", [10, null, 30, null, null, null]],
  ["gpt-4-0314", [30, null, 60, null, null, null]],
  ["gpt-4-1106-preview", [10, null, 30, null, null, null]],
  ["gpt-4-turbo", [10, null, 30, null, null, null]],
  ["gpt-4-turbo-preview", [10, null, 30, null, null, null]],
  ["gpt-4o-mini-search-preview", [0.15, 0.075, 0.6, 0.075, null, 0.3]],
  ["gpt-4o-search-preview", [2.5, 1.25, 10, 1.25, null, 5]],
  ["gpt-5-chat", [1.25, 0.125, 10, null, null, null]],
  ["gpt-5-chat-latest", [1.25, 0.125, 10, null, null, null]],
  ["gpt-5-codex", [1.25, 0.125, 10, null, null, null]],
  ["gpt-5-search-api", [1.25, 0.125, 10, null, null, null]],
  ["gpt-5.1-chat-latest", [1.25, 0.125, 10, null, null, null]],
  ["gpt-5.1-codex", [1.25, 0.125, 10, null, null, null]],
  ["gpt-5.1-codex-max", [1.25, 0.125, 10, null, null, null]],
  ["gpt-5.1-codex-mini", [0.25, 0.025, 2, null, null, null]],
  ["gpt-5.2-chat-latest", [1.75, 0.175, 14, null, null, null]],
  ["gpt-5.2-codex", [1.75, 0.175, 14, null, null, null]],
  ["gpt-5.3-chat-latest", [1.75, 0.175, 14, null, null, null]],
  ["gpt-5.3-codex", [1.75, 0.175, 14, null, null, null]],
  ["gpt-5.3-codex-spark", [1.75, 0.175, 14, null, null, null]],
  ["gpt-5.6", [4, 0.4, 20]],
  ["o3-deep-research", [10, 2.5, 40, 5, null, 20]],
  ["o4-mini-deep-research", [2, 0.5, 8, 1, null, 4]],
  // Secondary sources; some batch prices are half of the standard price.
  ["gpt-6.1-sol", [2, 0.1, 10]],
  ["gpt-6.1-terra", [1, 0.05, 5]],
  ["gpt-6.2-astra", [8, 0.4, 40]],
  ["gpt-6.2-sol", [2, null, 10]],
  ["text-embedding-3-large", [0.13, null, 0]],
  ["text-embedding-3-small", [0.02, null, 0]],
  ["text-embedding-ada-002", [0.1, null, 0]],
]);

/** Moderation is free, whatever the model. */
const MODERATION = /^(omni|text)-moderation(-|$)/;
const FREE: Row = [0, null, 0];

/** Models whose prices rise with the prompt; those of `false` have no such price in a batch. */
const LONG_CONTEXT: ReadonlyMap<string, boolean> = new Map([
  ["gpt-5.4", true],
  ["gpt-5.4-pro", true],
  ["gpt-5.5", true],
  ["gpt-5.5-pro", false],
  ["gpt-5.6", true],
  ["gpt-5.6-luna", true],
  ["gpt-5.6-sol", true],
  ["gpt-5.6-terra", true],
  ["gpt-6-astra", true],
  ["gpt-6-luna", true],
  ["gpt-6-sol", true],
]);

/** Models that charge for writing the prompt cache. */
const CACHE_WRITES = /^gpt-(5\.6|6)/;

/** What the table knows beyond a {@linkcode Price}. */
export interface Surcharges {
  /** Whether a long prompt raises the prices of the whole request. */
  longContext: boolean;
  /** Whether there are such prices in a batch. */
  longContextInBatch: boolean;
  /** What a token that is written to the prompt cache costs, by the price of an input token. */
  cacheWrite: number;
}

/**
 * The surcharges that the table has under exactly this name.
 *
 * @param model A model's name.
 * @returns Its surcharges; those of an unknown model are none.
 */
export function surchargesOf(model: string): Surcharges {
  return {
    longContext: LONG_CONTEXT.has(model),
    longContextInBatch: LONG_CONTEXT.get(model) ?? false,
    cacheWrite: CACHE_WRITES.test(model) ? 1.25 : 1,
  };
}

/**
 * The prices that the table has under exactly this name.
 *
 * @param model A model's name.
 * @returns A new object, or undefined if the table has no such name.
 */
export function listedPrice(model: string): Price | undefined {
  const row = ROWS.get(model) ?? (MODERATION.test(model) ? FREE : undefined);
  if (row === undefined) return undefined;
  const [
    input,
    cachedInput,
    output,
    batchInput = input / 2,
    batchCachedInput = cachedInput && cachedInput / 2,
    batchOutput = output / 2,
  ] = row;
  return {
    input,
    cachedInput,
    output,
    batchInput,
    batchCachedInput,
    batchOutput,
  };
}
