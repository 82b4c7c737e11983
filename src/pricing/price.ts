/**
 * What a model's tokens cost: the caller's own prices first, then the table.
 *
 * @module
 */

import { listedPrice, type Surcharges, surchargesOf } from "./_table.ts";

/** The prices of a model, in USD per 1,000,000 tokens. */
export interface Price {
  /** Input tokens. */
  input: number;
  /** Input tokens that came from the prompt cache. @default the `input` price */
  cachedInput?: number | null;
  /** Output tokens, the reasoning ones included. */
  output: number;
  /** Input tokens in a batch; `null` where no batch price is published. @default half of `input` */
  batchInput?: number | null;
  /** Cached input tokens in a batch. @default the `batchInput` price */
  batchCachedInput?: number | null;
  /** Output tokens in a batch; `null` where no batch price is published. @default half of `output` */
  batchOutput?: number | null;
}

/** A price, and what the table knows beyond it. */
export interface Tariff extends Surcharges {
  /** The price. */
  price: Price;
}

/**
 * Finds the prices of a model.
 *
 * The caller's own `prices` come first; one that is a string names another
 * model, whose prices are used (an Azure deployment, say). Then the table of
 * 2026-11-21 is asked. In both, a dated name that is not there
 * (`gpt-4o-mini-2024-07-18`) has the prices of the name without the date.
 * Fine-tuned models have no known price unless the caller gives one.
 *
 * @example A dated name, and a deployment
 * ```ts
 * import { priceOf } from "@offpeak/openai-batch";
 * import assert from "node:assert/strict";
 *
 * assert.equal(priceOf("gpt-4o-mini-2024-07-18")?.batchInput, 0.075);
 * assert.equal(priceOf("ours", { ours: "gpt-4o-mini" })?.batchInput, 0.075);
 * assert.equal(priceOf("ours"), undefined);
 * ```
 *
 * @param model The model's name, as in a request or an answer.
 * @param prices Own prices, or other names of known models, by model. A name
 * that leads back to itself is looked up in the table.
 * @returns The prices, or undefined if they are not known.
 */
export function priceOf(
  model: string,
  prices: Record<string, Price | string> = {},
): Price | undefined {
  return tariffOf(model, prices)?.price;
}

/**
 * Finds the prices of a model, and the surcharges that belong to them. Own
 * prices have none: they say all that is paid.
 *
 * @param model The model's name.
 * @param prices As for {@linkcode priceOf}.
 * @returns Both, or undefined if the prices are not known.
 */
export function tariffOf(
  model: string,
  prices: Record<string, Price | string> = {},
): Tariff | undefined {
  const seen = new Set<string>();
  let name = model;
  while (!seen.has(name)) {
    seen.add(name);
    const own = ownPrice(name, prices);
    if (own === undefined) break;
    if (typeof own !== "string") return { price: own, ...surchargesOf("") };
    name = own;
  }
  return listedTariff(name) ?? listedTariff(undated(name));
}

/**
 * What the caller says of a model.
 *
 * @param model The model's name, with or without a date.
 * @param prices Own prices.
 * @returns A price, another model's name, or undefined if it is not there.
 */
export function ownPrice(
  model: string,
  prices: Record<string, Price | string>,
): Price | string | undefined {
  const name = [model, undated(model)].find((name) =>
    Object.hasOwn(prices, name)
  );
  return name === undefined ? undefined : prices[name];
}

function listedTariff(name: string): Tariff | undefined {
  const price = listedPrice(name);
  return price && { price, ...surchargesOf(name) };
}

function undated(model: string): string {
  return model.replace(/-\d{4}-\d{2}-\d{2}$/, "");
}
