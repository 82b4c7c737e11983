/**
 * From the real tokens of some requests to the cost of all.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import { rounded } from "./_round.ts";
import type { Tariff } from "./_tariff.ts";
import { costParts, hasLongContext } from "./cost.ts";
import { byLane, type Estimate, type LaneCosts } from "./estimate.ts";
import type { PricedLane } from "./lane.ts";
import { type Price, tariffOf } from "./price.ts";
import { errorOf, type Range, sumOf } from "./range.ts";

/** A request that was sent. */
export interface Asked {
  /** The model it is for. */
  model: string;
  /** Its input tokens, as an estimate counts them. */
  counted: number;
  /** The tokens of each of its answers: several after a retry, none if it failed without any. */
  answers: readonly Usage[];
}

/**
 * What all requests will cost, from the real tokens of some.
 *
 * All input is counted, and scaled by how far off the count was for the requests
 * that were sent. The output is the mean of those that were sent, times all. Each
 * range is meant to hold nine times out of ten, if the requests that were sent are
 * like the others. Nothing is taken off for the prompt cache.
 */
export interface SampleEstimate extends
  Pick<
    Estimate,
    "requests" | "parts" | "bytes" | "inputTokens" | "uncounted"
  > {
  /** Tokens that will be written; undefined if fewer than two requests were answered. */
  outputTokens: Range | undefined;
  /** USD in a batch; undefined without two answers, or without a known price. */
  cost: Range | undefined;
  /** USD in every lane. */
  lanes: LaneCosts<Range>;
  /** `cost` in words: "between $3.10 and $3.60". */
  text: string;
}

export function extrapolate(
  input: Estimate,
  asked: readonly Asked[],
  prices: Record<string, Price | string> | undefined,
): SampleEstimate {
  const { requests, parts, bytes, uncounted } = input;
  const lanes = byLane((lane) => rangeIn(lane, input, asked, prices));
  const isKnown = hasTwoAnswers(asked);
  const tokens = asked.map(({ answers }) =>
    sum(answers.map((usage) => usage.output_tokens))
  );
  return {
    requests,
    parts,
    bytes,
    inputTokens: Math.round(input.inputTokens * scaleOf(asked)),
    uncounted,
    outputTokens: isKnown ? whole(sumOf(tokens, requests)) : undefined,
    cost: lanes.batch,
    lanes,
    text: textOf(lanes.batch, isKnown),
  };
}

function rangeIn(
  lane: PricedLane,
  { requests, lanes }: Estimate,
  asked: readonly Asked[],
  prices: Record<string, Price | string> | undefined,
): Range | undefined {
  const counted = lanes[lane];
  if (counted === undefined) return undefined;
  if (!hasTwoAnswers(asked)) {
    return counted === 0 ? { low: 0, expected: 0, high: 0 } : undefined;
  }
  const costs = asked.map((one) => costsIn(lane, one, prices));
  const known = costs.filter((cost) => cost !== undefined);
  if (known.length < costs.length) return undefined;

  const scale = ratio(
    sum(known.map((cost) => cost.read)),
    sum(known.map((cost) => cost.counted)),
  );
  const off = known.map((cost) => cost.read - scale * cost.counted);
  const read = counted * scale;
  const error = errorOf(off, requests);
  const written = sumOf(known.map((cost) => cost.written), requests);
  return {
    low: rounded(Math.max(0, read - error) + written.low),
    expected: rounded(read + written.expected),
    high: rounded(read + error + written.high),
  };
}

/** What one request was counted as, and what it really read and wrote, in USD. */
function costsIn(
  lane: PricedLane,
  { model, counted, answers }: Asked,
  prices: Record<string, Price | string> | undefined,
) {
  const tariff = tariffOf(model, prices);
  const input = partsOf(lane, tokens(counted, 0), tariff);
  const real = answers.map((usage) => partsOf(lane, uncached(usage), tariff));
  const known = real.filter((parts) => parts !== undefined);
  if (!input || known.length < real.length) return undefined;
  return {
    counted: input.input,
    read: sum(known.map((parts) => parts.input)),
    written: sum(known.map((parts) => parts.output)),
  };
}

function partsOf(
  lane: PricedLane,
  usage: Usage,
  tariff: Tariff | undefined,
) {
  return costParts(usage, tariff, lane, hasLongContext(usage, tariff));
}

/** What ten calls read from the cache says nothing about a batch. */
function uncached(usage: Usage): Usage {
  const { input_tokens_details: details, ...others } = usage;
  if (!details) return others;
  const { image_tokens = 0, audio_tokens = 0 } = details;
  const kinds = { cached_tokens: 0, image_tokens, audio_tokens };
  return { ...others, input_tokens_details: kinds };
}

function scaleOf(asked: readonly Asked[]): number {
  if (!hasTwoAnswers(asked)) return 1;
  const real = asked.flatMap(({ answers }) => answers);
  return ratio(
    sum(real.map((usage) => usage.input_tokens)),
    sum(asked.map(({ counted }) => counted)),
  );
}

function hasTwoAnswers(asked: readonly Asked[]): boolean {
  return asked.filter(({ answers }) => answers.length > 0).length > 1;
}

function textOf(cost: Range | undefined, isKnown: boolean): string {
  if (!isKnown && !cost) return "not known: fewer than two answers";
  if (!cost) return "not known: a model has no known batch price";
  const { low, high } = cost;
  const width = high - low || low || 1;
  const decimals = Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(width))));
  const unit = 10 ** decimals;
  const least = (Math.floor(low * unit) / unit).toFixed(decimals);
  const most = (Math.ceil(high * unit) / unit).toFixed(decimals);
  return least === most ? `$${least}` : `between $${least} and $${most}`;
}

function whole({ low, expected, high }: Range): Range {
  return {
    low: Math.floor(low),
    expected: Math.round(expected),
    high: Math.ceil(high),
  };
}

function tokens(input: number, output: number): Usage {
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
  };
}

function ratio(a: number, b: number): number {
  return b > 0 ? a / b : 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
