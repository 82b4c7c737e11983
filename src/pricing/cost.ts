/**
 * What tokens cost.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import { rounded } from "./_round.ts";
import type { KindRates, Tariff } from "./_tariff.ts";
import type { Lane } from "./lane.ts";
import { type Price, tariffOf } from "./price.ts";

/** With some models, a request of more input tokens than this costs more as a whole. */
const LONG_CONTEXT = 272_000;

/** The share of the standard price that a background window costs. */
const WINDOWS: ReadonlyMap<Lane, number> = new Map([["8h", 0.6], ["2h", 0.7]]);

/**
 * What was or will be paid, in USD. Undefined if a model has no known price. Sums
 * are rounded once, to 12 decimals.
 */
export interface Cost {
  /** The cost in the lane it was sent in. */
  cost: number | undefined;
  /** The cost of the same tokens at the standard price. */
  standardCost: number | undefined;
  /** `standardCost` − `cost`; negative in a faster, dearer lane. */
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
 * - Cached tokens are part of the input tokens. If a model has no cached price in
 *   a lane (gpt-4o, gpt-4.1 and the o-series in a batch), they cost what other
 *   tokens cost there.
 * - Tokens written to the cache are part of them too. From gpt-5.6 on they cost
 *   1.25 times as much, and 2.5 times if they are kept for 12 hours.
 * - Reasoning tokens are part of the output tokens.
 * - Image and audio tokens have their own prices if the model has such prices. An
 *   image model's output counts as images, unless the usage says otherwise.
 * - Some models (gpt-5.4, 5.5, 5.6 and 6, but not mini and nano) charge twice as
 *   much for the input, and 1.5 times as much for the output, of a request with
 *   more than 272,000 input tokens. So pass the usage of a single answer: a sum,
 *   such as `batch.usage`, may look like one long prompt. `run.usage` keeps them
 *   apart.
 * - A lane without a published price has no cost: `flex` and `priority` of most
 *   models, and every lane this version doesn't know.
 *
 * Your own prices are everything you pay: nothing is added to them. The windows
 * `8h` and `2h` take 40 and 30 % off, unless the price has them in `lanes`.
 *
 * @example The same tokens in three lanes
 * ```ts
 * import { costOf } from "@offpeak/openai-batch";
 * import assert from "node:assert/strict";
 *
 * const usage = { input_tokens: 1e6, output_tokens: 1e6, total_tokens: 2e6 };
 *
 * assert.equal(costOf(usage, "gpt-4o"), 6.25);
 * assert.equal(costOf(usage, "gpt-4o", { lane: "standard" }), 12.5);
 * assert.equal(costOf(usage, "gpt-4o", { lane: "8h" }), 7.5);
 * ```
 *
 * @param usage The tokens of one answer.
 * @param model The model that used them.
 * @param options The lane it was sent in, and your own prices.
 * @returns USD, or undefined if the model has no known price in this lane.
 */
export function costOf(
  usage: Usage,
  model: string,
  options: {
    /** The lane it was sent in. @default "batch" */
    lane?: Lane | undefined;
    /** Your own prices, as for {@linkcode priceOf}. */
    prices?: Record<string, Price | string> | undefined;
  } = {},
): number | undefined {
  const tariff = tariffOf(model, options.prices);
  const isLong = hasLongContext(usage, tariff);
  const parts = costParts(usage, tariff, options.lane ?? "batch", isLong);
  return rounded(added(parts));
}

/**
 * Whether one answer is charged at long-context prices.
 *
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
 * @returns USD, not rounded; undefined if they are not known.
 */
export function added(parts: CostParts | undefined): number | undefined {
  return parts && parts.input + parts.output;
}

/**
 * What tokens cost at given prices, by direction.
 *
 * @param isLong Whether all these answers are charged at long-context prices.
 * @returns Both costs, not rounded; undefined if a price is not known.
 */
export function costParts(
  usage: Usage,
  tariff: Tariff | undefined,
  lane: Lane,
  isLong: boolean,
): CostParts | undefined {
  const rates = tariff && ratesIn(lane, tariff, isLong);
  if (!rates) return undefined;
  const input = inputCost(usage, rates) / 1e6;
  const output = outputCost(usage, rates) / 1e6;
  return Number.isNaN(input + output) ? undefined : { input, output };
}

/** Prices of one lane by kind of token. NaN: not published. */
interface Rates {
  text: KindRates;
  image: KindRates | undefined;
  audio: KindRates | undefined;
  /** A token written to the cache for 30 minutes, and for 12 hours. */
  writes: readonly [number, number];
}

function ratesIn(
  lane: Lane,
  tariff: Tariff,
  isLong: boolean,
): Rates | undefined {
  const rates = tariff.lanes.get(lane) ?? windowRates(lane, tariff);
  if (!rates || (isLong && !rates.takesLong)) return undefined;
  const text = isLong ? longRates(rates, tariff) : rates;
  const [shortly, for12Hours] = tariff.cacheWrites;
  return {
    text,
    image: kindIn(lane, "image", tariff),
    audio: kindIn(lane, "audio", tariff),
    writes: [text.input * shortly, text.input * for12Hours],
  };
}

function windowRates(lane: Lane, { lanes }: Tariff) {
  const factor = WINDOWS.get(lane);
  const standard = lanes.get("standard");
  if (factor === undefined || !standard) return undefined;
  return { ...times(standard, factor), factor, takesLong: true };
}

/** Derives the cached price of a long prompt from the standard one, because a lane's may be rounded (gpt-5.4). */
function longRates(
  { input, output, factor }: KindRates & { factor: number },
  { lanes }: Tariff,
): KindRates {
  const { cachedInput = NaN } = lanes.get("standard") ?? {};
  return {
    input: input * 2,
    cachedInput: cachedInput * factor * 2,
    output: output * 1.5,
  };
}

/** Undefined if images or audio cost the same as text. */
function kindIn(
  lane: Lane,
  kind: "image" | "audio",
  { kinds }: Tariff,
): KindRates | undefined {
  const rates = kinds.get(kind);
  const factor = lane === "standard" ? 1 : WINDOWS.get(lane);
  if (!rates) return undefined;
  if (factor !== undefined) return times(rates, factor);
  return kinds.get(`${lane}-${kind}`) ?? times(rates, NaN);
}

function times(rates: KindRates, factor: number): KindRates {
  return {
    input: rates.input * factor,
    cachedInput: rates.cachedInput * factor,
    output: rates.output * factor,
  };
}

function inputCost(usage: Usage, rates: Rates): number {
  const { input_tokens: total, input_tokens_details: details } = usage;
  const { text, writes, image, audio } = rates;
  const cached = Math.min(details?.cached_tokens ?? 0, total);
  const images = image ? Math.min(details?.image_tokens ?? 0, total) : 0;
  const sounds = audio ? Math.min(details?.audio_tokens ?? 0, total) : 0;
  const texts = total - images - sounds;
  // Unless the usage says so, we can't know which of the cached tokens were images.
  const cachedImages = images && cached &&
    (details?.cached_tokens_details?.image_tokens ?? NaN);
  const cachedTexts = Math.min(cached - cachedImages, texts);
  const written = Math.min(
    details?.cache_write_tokens ?? 0,
    texts - cachedTexts,
  );
  const { ttl_12h_tokens = 0 } = details?.cache_write_tokens_details ?? {};
  const longest = Math.min(ttl_12h_tokens, written);
  return amount(texts - cachedTexts - written, text.input) +
    amount(cachedTexts, text.cachedInput) +
    amount(written - longest, writes[0]) + amount(longest, writes[1]) +
    amount(images - cachedImages, image?.input) +
    amount(cachedImages, image?.cachedInput) + amount(sounds, audio?.input);
}

function outputCost(usage: Usage, { text, image, audio }: Rates): number {
  const { output_tokens: total, output_tokens_details: details } = usage;
  const images = image ? imagesWritten(usage) : 0;
  const sounds = audio ? Math.min(details?.audio_tokens ?? 0, total) : 0;
  return amount(total - images - sounds, text.output) +
    amount(images, image?.output) + amount(sounds, audio?.output);
}

/**
 * States which output tokens of an image model were images, so that usages can be
 * added up even if only some of them say so.
 *
 * @returns The same, or with `image_tokens` in its output.
 */
export function tellImages(usage: Usage, tariff: Tariff | undefined): Usage {
  if (!tariff?.kinds.has("image")) return usage;
  const details = {
    reasoning_tokens: 0,
    ...usage.output_tokens_details,
    image_tokens: imagesWritten(usage),
  };
  return { ...usage, output_tokens_details: details };
}

/** An image model's output counts as images, unless its usage tells them apart. */
function imagesWritten(usage: Usage): number {
  const { output_tokens: total, output_tokens_details: details } = usage;
  return Math.min(details?.image_tokens ?? total, total);
}

/** NaN only if there are tokens without a price. */
function amount(tokens: number, price = NaN): number {
  return tokens && tokens * price;
}
