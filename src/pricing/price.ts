/**
 * What a model's tokens cost: the caller's own prices first, then the table.
 *
 * @module
 */

import { type LaneRates, listedTariff, type Tariff } from "./_tariff.ts";
import type { PricedLane } from "./lane.ts";

/** The prices of one lane, in USD per 1,000,000 tokens. */
export interface LanePrice {
  /** Input tokens. */
  input: number;
  /** Input tokens that came from the prompt cache. @default the `input` price */
  cachedInput?: number | null;
  /** Output tokens, including reasoning. */
  output: number;
}

/** The prices of a model, in USD per 1,000,000 tokens: standard, batch and other lanes. */
export interface Price extends LanePrice {
  /** Input tokens in a batch; `null` if no batch price is published. @default half of `input` */
  batchInput?: number | null;
  /** Cached input tokens in a batch. @default the `batchInput` price */
  batchCachedInput?: number | null;
  /** Output tokens in a batch; `null` if no batch price is published. @default half of `output` */
  batchOutput?: number | null;
  /**
   * What the other lanes cost. `priceOf` never returns it: {@linkcode costOf} knows
   * what the table has.
   *
   * @default 40 and 30 % off for the windows; unknown for the others
   */
  lanes?:
    | {
      [L in Exclude<PricedLane, "batch" | "standard">]?:
        | LanePrice
        | undefined;
    }
    | undefined;
}

/**
 * Finds the prices of a model.
 *
 * Your own `prices` come first. If one is a string, it names another model, whose
 * prices are used (for an Azure deployment, say). Then comes the table, whose
 * date is in docs/prices.md. In both, a dated name that isn't listed (`gpt-4o-mini-2024-07-18`)
 * has the prices of the name without the date. Fine-tuned models have no known
 * price unless you pass one.
 *
 * These are the prices of text, at the standard rate and in a batch. If a model
 * only writes images, `output` is their price. Whatever else the table knows (other
 * lanes, long prompts, cache writes, images, audio) is used by {@linkcode costOf}.
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
 * @param prices Your own prices, or names of known models, by model. A name that
 * leads back to itself is looked up in the table.
 * @returns The prices, or undefined if they aren't known.
 */
export function priceOf(
  model: string,
  prices: Record<string, Price | string> = {},
): Price | undefined {
  const found = find(model, prices);
  return typeof found === "string" ? listedPrice(found) : found;
}

/**
 * Finds what a model costs, lane by lane.
 *
 * @returns Its tariff, or undefined if its prices are not known.
 */
export function tariffOf(
  model: string,
  prices: Record<string, Price | string> = {},
): Tariff | undefined {
  const found = find(model, prices);
  return typeof found === "string" ? listed(found) : ownTariff(found);
}

/**
 * The caller's entry for a model.
 *
 * @param model The model's name, with or without a date.
 * @returns A price, another model's name, or undefined without an entry.
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

/** The caller's price, or the name to look up in the table. */
function find(
  model: string,
  prices: Record<string, Price | string>,
): Price | string {
  const seen = new Set<string>();
  let name = model;
  while (!seen.has(name)) {
    seen.add(name);
    const own = ownPrice(name, prices);
    if (own === undefined) break;
    if (typeof own !== "string") return own;
    name = own;
  }
  return name;
}

/** It is everything that is paid: no surcharges, and images and audio cost the same as text. */
function ownTariff(price: Price): Tariff {
  const { batchInput = price.input / 2, batchOutput = price.output / 2 } =
    price;
  const lanes = new Map([["standard", ownRates(price)]]);
  if (batchInput !== null && batchOutput !== null) {
    const { batchCachedInput: cachedInput = null } = price;
    lanes.set(
      "batch",
      ownRates({ input: batchInput, cachedInput, output: batchOutput }),
    );
  }
  for (const [lane, rates] of Object.entries(price.lanes ?? {})) {
    if (rates) lanes.set(lane, ownRates(rates));
  }
  return {
    lanes,
    kinds: new Map(),
    longContext: false,
    cacheWrites: [1, 1],
  };
}

function ownRates(
  { input, cachedInput, output }: LanePrice,
): LaneRates {
  const rates = { input, cachedInput: cachedInput ?? input, output };
  return { ...rates, factor: 1, takesLong: true };
}

function listed(name: string): Tariff | undefined {
  return listedTariff(name) ?? listedTariff(undated(name));
}

function listedPrice(name: string): Price | undefined {
  const tariff = listed(name);
  const standard = tariff?.lanes.get("standard");
  if (!standard) return undefined;
  const batch = tariff?.lanes.get("batch");
  const image = tariff?.kinds.get("image");
  const batchImage = tariff?.kinds.get("batch-image");
  return {
    input: standard.input,
    cachedInput: discounted(standard),
    output: published(standard.output) ?? image?.output ?? 0,
    batchInput: batch?.input ?? null,
    batchCachedInput: discounted(batch),
    batchOutput: published(batch?.output) ?? published(batchImage?.output),
  };
}

/** Null if cached tokens cost the same as others. */
function discounted(
  rates: { input: number; cachedInput: number } | undefined,
): number | null {
  return rates && rates.cachedInput !== rates.input ? rates.cachedInput : null;
}

function published(price = NaN): number | null {
  return Number.isNaN(price) ? null : price;
}

function undated(model: string): string {
  return model.replace(/-\d{4}-\d{2}-\d{2}$/, "");
}
