/**
 * What tokens cost.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import { type Price, priceOf } from "./price.ts";

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
 * What the tokens of a usage cost, in USD.
 *
 * Cached tokens are a part of the input tokens. Where a model has no cached
 * price in batch (gpt-4o, gpt-4.1 and the o-series) they cost what other
 * tokens cost there. Reasoning tokens are a part of the output tokens.
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
 * @param usage The tokens.
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
  const price = priceOf(model, options.prices);
  const parts = costParts(usage, price, options.via ?? "batch");
  return added(parts);
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
 * What the tokens of a usage cost at a given price, by direction.
 *
 * @param usage The tokens.
 * @param price The model's prices, if they are known.
 * @param via How the model was asked.
 * @returns Both costs, or undefined if either price is not known.
 */
export function costParts(
  usage: Usage,
  price: Price | undefined,
  via: "batch" | "direct",
): CostParts | undefined {
  if (price === undefined) return undefined;
  const { input, cachedInput, output } = via === "batch"
    ? batchPrice(price)
    : price;
  if (input === null || output === null) return undefined;
  const cached = Math.min(
    usage.input_tokens_details?.cached_tokens ?? 0,
    usage.input_tokens,
  );
  const uncached = usage.input_tokens - cached;
  return {
    input: (uncached * input + cached * (cachedInput ?? input)) / 1e6,
    output: usage.output_tokens * output / 1e6,
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
