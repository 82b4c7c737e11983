/**
 * What a model costs, lane by lane, read from its row of the table.
 *
 * @module
 */

import { rowOf } from "./_table.ts";
import type { Lane } from "./lane.ts";

/** Prices of one kind of token, in USD per 1,000,000. NaN: not published. */
export interface KindRates {
  /** Read. */
  input: number;
  /** Read from the prompt cache. */
  cachedInput: number;
  /** Written. */
  output: number;
}

/** What a lane costs. */
export interface LaneRates extends KindRates {
  /** What the standard price is multiplied by. */
  factor: number;
  /** Whether long prompts have a price, for models that charge more for them. */
  takesLong: boolean;
}

/** What a model costs. */
export interface Tariff {
  /** Text, by lane: "standard", and whichever others have prices. */
  lanes: ReadonlyMap<Lane, LaneRates>;
  /** Images and audio, if their prices differ from text's: "image", "audio", "batch-image". */
  kinds: ReadonlyMap<string, KindRates>;
  /** Whether a long prompt raises the prices of the whole request. */
  longContext: boolean;
  /** What a token written to the prompt cache costs, as a multiple of an input token: for 30 minutes, and for 12 hours. */
  cacheWrites: readonly [number, number];
}

/**
 * The tariff listed under exactly this name.
 *
 * @returns The tariff; undefined for an unknown name.
 */
export function listedTariff(model: string): Tariff | undefined {
  const row = rowOf(model);
  if (row === undefined) return undefined;
  const [input = "", cached = "", output = "", ...others] = row;
  const text = kindRates([input, cached === "-" ? input : cached, output]);
  const lanes = new Map([["standard", {
    ...text,
    factor: 1,
    takesLong: true,
  }]]);
  const kinds = new Map<string, KindRates>();
  for (const word of others) {
    const lane = LANE.exec(word)?.groups;
    if (lane) lanes.set(lane.name!, laneRates(text, lane));
    const [kind = "", prices = ""] = word.split("=");
    if (prices.includes("/")) kinds.set(kind, kindRates(prices.split("/")));
  }
  return {
    lanes,
    kinds,
    longContext: others.includes("long"),
    cacheWrites: others.includes("writes") ? [1.25, 2.5] : [1, 1],
  };
}

/** `batch`, `flex=0.13`, `priority@5!`. */
const LANE =
  /^(?<name>batch|flex|priority|ultrafast)(@(?<input>[\d.]+))?(=(?<cached>[\d.]+|-))?(?<isShort>!)?$/;

function laneRates(
  { input, cachedInput, output }: KindRates,
  lane: Record<string, string | undefined>,
): LaneRates {
  const factor = lane.input ? Number(lane.input) / input : 0.5;
  const own = lane.cached === "-" ? input * factor : Number(lane.cached);
  return {
    factor,
    input: input * factor,
    cachedInput: lane.cached ? own : cachedInput * factor,
    output: output * factor,
    takesLong: !lane.isShort,
  };
}

/** `Number("?")` is NaN. */
function kindRates(prices: readonly string[]): KindRates {
  const [input = NaN, cachedInput = NaN, output = NaN] = prices.map(Number);
  return { input, cachedInput, output };
}
