/**
 * What requests will cost: counted and cut as for a job, without sending
 * anything.
 *
 * @module
 */

import { checkNoMore, checkPositive } from "../check_options.ts";
import { type Estimate, EstimateCounter, type Price } from "../pricing/mod.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import { cut } from "./cut.ts";
import { readPartOptions, readRequestOptions } from "./options.ts";
import { outputLimit } from "./output_limit.ts";
import type { PartOptions, RequestOptions } from "./request.ts";
import { readRequests } from "./source.ts";
import { lineCounter } from "./text_of.ts";
import type { IndexedLine, LineDefaults } from "./to_line.ts";

/**
 * The options of `estimate`. Unknown ones are refused.
 *
 * @typeParam E The endpoint of the requests.
 */
export interface EstimateOptions<E extends Endpoint = Chat>
  extends RequestOptions<E>, PartOptions {
  /** Counts the tokens of a text. @default an estimate, see {@linkcode QueueOptions.countTokens} */
  countTokens?: ((text: string, model: string) => number) | undefined;
  /**
   * Output tokens expected per request, where its token limit allows as many.
   *
   * @default its token limit (`max_completion_tokens`, `max_tokens`, `max_output_tokens`, for each of `n` answers), else unknown
   */
  outputTokens?: number | undefined;
}

/** The same, checked and complete. */
export interface EstimateSettings {
  /** What lies under each request. */
  defaults: LineDefaults;
  /** Where to cut. */
  limits: { batchSize: number; maxBytes: number };
  /** Counts the tokens of a text. */
  countTokens: EstimateOptions["countTokens"];
  /** Output tokens expected per request. */
  outputTokens?: number | undefined;
  /** Own prices. */
  prices: Record<string, Price | string> | undefined;
}

type Line = IndexedLine["line"];

/** What a chat model reads beside the texts: a frame around each message … */
const MESSAGE_TOKENS = 4;

/** … and the beginning of its answer. */
const ANSWER_TOKENS = 3;

/**
 * Checks the options of an estimate.
 *
 * @param options What the caller passed.
 * @param prices Own prices.
 * @returns The same with defaults.
 * @throws {TypeError} If an option is unknown or of the wrong kind.
 * @throws {RangeError} If a number is out of range.
 */
export function readEstimateOptions<E extends Endpoint>(
  options: EstimateOptions<E>,
  prices: EstimateSettings["prices"],
): EstimateSettings {
  const {
    endpoint,
    params,
    batchSize,
    maxBytes,
    countTokens,
    outputTokens,
    ...unknown
  } = options;
  checkNoMore(unknown);
  if (outputTokens !== undefined) checkPositive("outputTokens", outputTokens);
  return {
    defaults: readRequestOptions({ endpoint, params }),
    limits: readPartOptions({ batchSize, maxBytes }),
    countTokens,
    outputTokens,
    prices,
  };
}

/**
 * Reads all requests and cuts them. No part is kept.
 *
 * @param requests What the caller passed.
 * @param settings Where to cut, how to count, and what tokens cost.
 * @returns What they will cost.
 * @throws {TypeError} If a request breaks a rule.
 */
export async function estimateRequests(
  requests: unknown,
  settings: EstimateSettings,
): Promise<Estimate> {
  const { defaults, limits, countTokens, outputTokens, prices } = settings;
  const counter = new EstimateCounter(prices);
  const textTokens = lineCounter(countTokens);
  const count = (line: Line): number => {
    const input = textTokens(line) + frameTokens(line);
    const output = outputLimit(line, outputTokens);
    counter.add(String(line.body.model ?? "unknown"), input, output);
    return input;
  };
  let parts = 0;
  let bytes = 0;
  const lines = readRequests(requests, defaults);
  const cutting = { ...limits, countTokens: count, measureOnly: true };
  for await (const part of cut(lines, cutting)) {
    if ("tooLarge" in part) continue;
    parts++;
    bytes += part.bytes;
  }
  return counter.estimate(parts, bytes);
}

function frameTokens({ url, body }: Line): number {
  const turns = body.messages ??
    (url.endsWith("/responses") ? body.input : undefined);
  if (turns === undefined) return 0;
  const messages = (Array.isArray(turns) ? turns.length : 1) +
    (body.instructions ? 1 : 0);
  return messages * MESSAGE_TOKENS + ANSWER_TOKENS;
}
