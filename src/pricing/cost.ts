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

/** A request of more input tokens than this costs more as a whole, where the model has such prices. */
const LONG_CONTEXT = 272_000;

/** What is left of the standard price in a background window. */
const WINDOWS: ReadonlyMap<Lane, number> = new Map([["8h", 0.6], ["2h", 0.7]]);

/**
 * What was or will be paid, in USD. Undefined where a model has no known
 * price. Sums are rounded once, at 12 decimals.
 */
export interface Cost {
  /** What it costs, the way it was asked. */
  cost: number | undefined;
  /** What the same tokens cost at the standard price. */
  standardCost: number | undefined;
  /** `standardCost` − `cost`; negative where a faster lane costs more. */
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
 * - Cached tokens are a part of the input tokens. Where a model has no cached
 *   price in a lane (gpt-4o, gpt-4.1 and the o-series in a batch) they cost what
 *   other tokens cost there.
 * - Tokens written to the cache are a part of them too; from gpt-5.6 on they
 *   cost 1.25 times as much, and 2.5 times where they are kept for 12 hours.
 * - Reasoning tokens are a part of the output tokens.
 * - Image and audio tokens have prices of their own where the model has such
 *   prices. The images of an image model are its output, unless the usage says
 *   otherwise.
 * - Some models (gpt-5.4, 5.5, 5.6 and 6, not the mini and nano ones) charge
 *   twice for the input and 1.5 times for the output of a request of more than
 *   272,000 input tokens. So pass the usage of one answer: that of many added
 *   up, as `batch.usage`, may look like one long prompt. `run.usage` knows them
 *   apart.
 * - A lane for which no price is published has no cost: `flex` and `priority`
 *   of most models, and every lane that this version does not know.
 *
 * Own prices say all that is paid: nothing is added to them, and the windows
 * `8h` and `2h` take 40 and 30 % off unless the price has them in `lanes`.
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
 * @param options In which lane it was asked, and own prices.
 * @returns USD, or undefined if the model has no known price in this lane.
 */
export function costOf(
  usage: Usage,
  model: string,
  options: {
    /** The lane in which the model was asked. @default "batch" */
    lane?: Lane | undefined;
    /** Own prices over the table, as for {@linkcode priceOf}. */
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
 * @returns USD, not rounded; undefined if they are not known.
 */
export function added(parts: CostParts | undefined): number | undefined {
  return parts && parts.input + parts.output;
}

/**
 * What tokens cost at given prices, by direction.
 *
 * @param usage The tokens, of any number of answers.
 * @param tariff The model's prices, if they are known.
 * @param lane The lane in which the model was asked.
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

/** Prices of one lane by kind of token. NaN: none is published. */
interface Rates {
  text: KindRates;
  image: KindRates | undefined;
  audio: KindRates | undefined;
  /** A token that is written to the cache for 30 minutes, and for 12 hours. */
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

/** The cached price of a long prompt follows from the standard one: that of a lane may be rounded (gpt-5.4). */
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

/** Undefined where images or audio cost what text costs. */
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
  // Which of the cached tokens were images is not known unless it is said.
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
 * Says which output tokens of an image model were images, so that usages can be
 * added up of which only some say it.
 *
 * @param usage The tokens of one answer.
 * @param tariff The model's prices, if they are known.
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

/** What an image model writes are images, unless its usage tells them apart. */
function imagesWritten(usage: Usage): number {
  const { output_tokens: total, output_tokens_details: details } = usage;
  return Math.min(details?.image_tokens ?? total, total);
}

/** NaN only if there are tokens without a price. */
function amount(tokens: number, price = NaN): number {
  return tokens && tokens * price;
}
