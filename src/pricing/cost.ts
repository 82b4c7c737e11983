/**
 * What tokens cost.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import { type Price, type Tariff, tariffOf } from "./price.ts";

/** A request of more input tokens than this costs more as a whole, where the model has such prices. */
const LONG_CONTEXT = 272_000;

/**
 * What was or will be paid, in USD. Undefined where a model has no known
 * price.
 */
export interface Cost {
  /** What it costs, the way it was asked. */
  cost: number | undefined;
  /** What the same tokens cost when asked directly. */
  standardCost: number | undefined;
  /** `standardCost` − `cost`. */
  saving: number | undefined;
}

/** A cost by direction, in USD. */
export interface CostParts {
  /** Of the input tokens. */
  input: number;
  /** Of the output tokens. */
  output: number;
}

/**
 * What the tokens of one answer cost, in USD.
 *
 * Cached tokens are a part of the input tokens. Where a model has no cached
 * price in batch (gpt-4o, gpt-4.1 and the o-series) they cost what other
 * tokens cost there. Tokens written to the cache are a part of them too; they
 * cost 1.25 times as much from gpt-5.6 on. Reasoning tokens are a part of the
 * output tokens.
 *
 * Some models (gpt-5.4, 5.5, 5.6 and gpt-6, not the mini and nano ones) charge
 * twice for the input and 1.5 times for the output of a request of more than
 * 272,000 input tokens. So pass the usage of one answer: that of many added up,
 * as `batch.usage`, may look like one long prompt. `run.usage` knows them apart.
 *
 * Own prices say all that is paid: neither surcharge is added to them.
 *
 * @example The same tokens in a batch and asked directly
 * ```ts
 * import { costOf } from "@offpeak/openai-batch";
 * import assert from "node:assert/strict";
 *
 * const usage = { input_tokens: 1e6, output_tokens: 1e6, total_tokens: 2e6 };
 *
 * assert.equal(costOf(usage, "gpt-4o"), 6.25);
 * assert.equal(costOf(usage, "gpt-4o", { via: "direct" }), 12.5);
 * ```
 *
 * @param usage The tokens of one answer.
 * @param model The model that used them.
 * @param options How it was asked, and own prices.
 * @returns USD, or undefined if the model has no known price, or in a batch
 * none that is published.
 */
export function costOf(
  usage: Usage,
  model: string,
  options: {
    /** How the model was asked. @default "batch" */
    via?: "batch" | "direct" | undefined;
    /** Own prices over the table, as for {@linkcode priceOf}. */
    prices?: Record<string, Price | string> | undefined;
  } = {},
): number | undefined {
  const tariff = tariffOf(model, options.prices);
  const isLong = hasLongContext(usage, tariff);
  return added(costParts(usage, tariff, options.via ?? "batch", isLong));
}

/**
 * Whether one answer is charged at long-context prices.
 *
 * @param usage The tokens of one answer.
 * @param tariff The model's prices, if they are known.
 * @returns True if its prompt is long and the model charges for that.
 */
export function hasLongContext(
  usage: Usage,
  tariff: Tariff | undefined,
): boolean {
  return usage.input_tokens > LONG_CONTEXT && tariff?.longContext === true;
}

/**
 * Adds up a cost by direction.
 *
 * @param parts Both costs, if they are known.
 * @returns USD, or undefined if they are not known.
 */
export function added(parts: CostParts | undefined): number | undefined {
  return parts && parts.input + parts.output;
}

/**
 * What tokens cost at given prices, by direction.
 *
 * @param usage The tokens, of any number of answers.
 * @param tariff The model's prices, if they are known.
 * @param via How the model was asked.
 * @param isLong Whether all these answers are charged at long-context prices.
 * @returns Both costs, or undefined if either price is not known.
 */
export function costParts(
  usage: Usage,
  tariff: Tariff | undefined,
  via: "batch" | "direct",
  isLong: boolean,
): CostParts | undefined {
  if (tariff === undefined) return undefined;
  const isBatch = via === "batch";
  const { input, cachedInput, output } = isBatch
    ? batchPrice(tariff.price)
    : tariff.price;
  if (input === null || output === null) return undefined;
  if (isLong && isBatch && !tariff.longContextInBatch) return undefined;

  const { cached_tokens = 0, cache_write_tokens = 0 } =
    usage.input_tokens_details ?? {};
  const cached = Math.min(cached_tokens, usage.input_tokens);
  const written = Math.min(cache_write_tokens, usage.input_tokens - cached);
  const others = usage.input_tokens - cached - written;
  const inputCost = others * input + cached * (cachedInput ?? input) +
    written * input * tariff.cacheWrite;
  return {
    input: inputCost * (isLong ? 2 : 1) / 1e6,
    output: usage.output_tokens * output * (isLong ? 1.5 : 1) / 1e6,
  };
}

/** Half of the standard price is the Batch API's rule where nothing else is said. */
function batchPrice(price: Price) {
  const { batchInput = price.input / 2, batchOutput = price.output / 2 } =
    price;
  return {
    input: batchInput,
    cachedInput: price.batchCachedInput,
    output: batchOutput,
  };
}
