/**
 * Sends a few of many requests directly, and estimates from their answers what all
 * of them will cost.
 *
 * @module
 */

import { checkChoice, checkPositive } from "../check_options.ts";
import { extrapolate, type SampleEstimate } from "../pricing/mod.ts";
import {
  entryCounter,
  type EstimateOptions,
  estimateRequests,
  type EstimateSettings,
  readEstimateOptions,
} from "../requests/estimate.ts";
import { type Pick, Picks } from "../requests/picks.ts";
import type { PartOptions } from "../requests/request.ts";
import { readRequests } from "../requests/source.ts";
import { stringify } from "../requests/stringify.ts";
import type { IndexedLine } from "../requests/to_line.ts";
import type { Run } from "../results/run.ts";
import type { Usage } from "../types/batch.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import {
  type DirectOptions,
  type DirectSettings,
  readDirectOptions,
} from "./options.ts";
import { type DirectServices, streamLines } from "./stream.ts";

/**
 * The options of `sample`. Unknown ones are refused.
 *
 * @typeParam E The endpoint of the requests.
 * @typeParam T The type of `parsed`.
 */
export interface SampleOptions<E extends Endpoint = Chat, T = undefined>
  extends DirectOptions<E, T>, PartOptions {
  /** How many requests to send. @default 10 */
  size?: number | undefined;
  /**
   * Which ones: the first of the input, or some spread evenly over it. If the input
   * is sorted, the first say little about the others.
   *
   * @default "spread"
   */
  pick?: "first" | "spread" | undefined;
  /** Counts the tokens of a text. @default an estimate, see {@linkcode QueueOptions.countTokens} */
  countTokens?: EstimateOptions<E>["countTokens"];
}

/**
 * Some results, and an estimate for all requests.
 *
 * @typeParam E The endpoint.
 * @typeParam T The type of `parsed`.
 */
export interface Sample<E extends Endpoint = Chat, T = unknown>
  extends Run<E, T, number> {
  /** What all requests will cost. What the sample itself cost is in `usage`. */
  estimate: SampleEstimate;
}

/** The options, checked and complete. */
export interface SampleSettings {
  /** How many. */
  size: number;
  /** Which ones. */
  pick: Pick;
  /** How all are counted. */
  counting: EstimateSettings;
  /** How some are asked. */
  asking: DirectSettings;
}

/**
 * Checks the options of a sample.
 *
 * @throws {TypeError} If an option is unknown or has the wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function readSampleOptions<E extends Endpoint, T>(
  options: SampleOptions<E, T>,
  prices: EstimateSettings["prices"],
): SampleSettings {
  const {
    size = 10,
    pick = "spread",
    batchSize,
    maxBytes,
    countTokens,
    ...direct
  } = options;
  checkPositive("size", size);
  checkChoice("pick", pick, ["first", "spread"]);
  const asking = readDirectOptions<E, T>(direct);
  const { endpoint, params } = direct;
  const counted = { endpoint, params, batchSize, maxBytes, countTokens };
  const counting = readEstimateOptions<E>(counted, prices);
  const { defaults } = asking; // what a schema adds is read by the model too
  return { size, pick, asking, counting: { ...counting, defaults } };
}

/**
 * Counts all requests, and asks some.
 *
 * @returns The results of some, and what all will cost.
 */
export async function sampleRequests<E extends Endpoint, T>(
  requests: unknown,
  settings: SampleSettings,
  services: DirectServices,
): Promise<Sample<E, T>> {
  const { size, pick, asking, counting } = settings;
  const picks = new Picks(size, pick);
  const input = await estimateRequests(
    overhear(
      readRequests(requests, counting.defaults, asking.signal),
      picks,
    ),
    { ...counting, outputTokens: 0 },
  );
  const { maxBytes } = counting.limits;
  const lines = picks.take().filter((line) =>
    stringify(line).length <= maxBytes
  );
  const answers = new Map(
    lines.map(({ line }): [string, Usage[]] => [line.custom_id, []]),
  );
  const run = await streamLines<E, T>(
    each(lines),
    lines.length,
    asking,
    services,
    ({ usage }, { custom_id }) => usage && answers.get(custom_id)?.push(usage),
  ).collect();

  const count = entryCounter(counting);
  const asked = lines.map(({ line }) => ({
    model: count(line).model,
    counted: count(line).inputTokens,
    answers: answers.get(line.custom_id) ?? [],
  }));
  return { ...run, estimate: extrapolate(input, asked, counting.prices) };
}

/** Yields the lines, which are requests too. */
async function* overhear(
  lines: AsyncIterable<IndexedLine>,
  picks: Picks,
): AsyncGenerator<IndexedLine["line"]> {
  for await (const request of lines) {
    picks.add(request);
    yield request.line;
  }
}

async function* each(lines: IndexedLine[]): AsyncGenerator<IndexedLine> {
  yield* lines;
}
