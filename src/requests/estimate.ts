/**
 * Estimates what requests will cost: counts and cuts them as for a job, without
 * sending anything.
 *
 * @module
 */

import { checkNoMore, checkPositive, checkWhole } from "../check_options.ts";
import { hintFor } from "../option_hint.ts";
import {
  type Estimate,
  EstimateCounter,
  type EstimateEntry,
  type Price,
} from "../pricing/mod.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import { cut } from "./cut.ts";
import { readPartOptions, readRequestOptions } from "./options.ts";
import { outputLimit } from "./output_limit.ts";
import type { PartOptions, RequestOptions } from "./request.ts";
import { lineCounter } from "./text_of.ts";
import { uncountedIn } from "./uncounted.ts";
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
   * Output tokens you expect per request, as far as its token limit allows.
   *
   * @default its token limit (`max_completion_tokens`, `max_tokens`, `max_output_tokens`, for each of `n` answers), otherwise unknown
   */
  outputTokens?: number | undefined;
  /**
   * Input tokens to add for each request with something that can't be counted:
   * pictures, audio, files, tools that OpenAI runs, earlier turns.
   *
   * @default 0, and `uncounted` says what is missing
   */
  uncountedTokens?: number | undefined;
}

/** The options, checked and complete. */
export interface EstimateSettings {
  /** Defaults for each request. */
  defaults: LineDefaults;
  /** Where to cut. */
  limits: { batchSize: number; maxBytes: number };
  /** Counts the tokens of a text. */
  countTokens: EstimateOptions["countTokens"];
  /** Output tokens expected per request. */
  outputTokens?: number | undefined;
  /** Input tokens of what can't be counted, per request that has any. */
  uncountedTokens?: number | undefined;
  /** The caller's own prices. */
  prices: Record<string, Price | string> | undefined;
  /** Ends the waiting for the requests. */
  signal?: AbortSignal | undefined;
}

type Line = IndexedLine["line"];

/** What a chat model reads beside the texts: a frame around each message … */
const MESSAGE_TOKENS = 4;

/** … and the beginning of its answer. */
const ANSWER_TOKENS = 3;

/**
 * Checks the options of an estimate.
 *
 * @throws {TypeError} If an option is unknown or has the wrong type.
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
    uncountedTokens,
    ...unknown
  } = options;
  checkNoMore(unknown, hintFor);
  if (outputTokens !== undefined) checkPositive("outputTokens", outputTokens);
  if (uncountedTokens !== undefined) {
    checkWhole("uncountedTokens", uncountedTokens);
  }
  return {
    defaults: readRequestOptions({ endpoint, params }),
    limits: readPartOptions({ batchSize, maxBytes }),
    countTokens,
    outputTokens,
    uncountedTokens,
    prices,
  };
}

/**
 * Reads and cuts all requests, keeping none.
 *
 * @param settings Where to cut, how to count, and what tokens cost.
 * @throws {TypeError} If a request breaks a rule.
 */
export async function estimateRequests(
  requests: unknown,
  settings: EstimateSettings,
): Promise<Estimate> {
  const { defaults, limits, prices, signal } = settings;
  const counter = new EstimateCounter(prices);
  const count = entryCounter(settings);
  let parts = 0;
  let bytes = 0;
  const countTokens = (line: Line): number => {
    const entry = count(line);
    counter.add(entry);
    return entry.inputTokens;
  };
  const cutting = { ...limits, countTokens, measureOnly: true, signal };
  for await (const part of cut(requests, defaults, cutting)) {
    if ("tooLarge" in part) continue;
    parts++;
    bytes += part.bytes;
  }
  return counter.estimate(parts, bytes);
}

/** Makes a counter of what an estimate needs of a request. */
export function entryCounter(
  settings: Pick<
    EstimateSettings,
    "countTokens" | "outputTokens" | "uncountedTokens"
  >,
): (line: Line) => EstimateEntry {
  const { countTokens, outputTokens, uncountedTokens = 0 } = settings;
  const textTokens = lineCounter(countTokens);
  return (line) => {
    const uncounted = uncountedIn(line);
    return {
      model: String(line.body.model ?? "unknown"),
      endpoint: line.url,
      inputTokens: textTokens(line) + frameTokens(line) +
        (uncounted ? uncountedTokens : 0),
      maxOutputTokens: outputLimit(line, outputTokens),
      uncounted,
    };
  };
}

function frameTokens({ url, body }: Line): number {
  const turns = body.messages ??
    (url.endsWith("/responses") ? body.input : undefined);
  if (turns === undefined) return 0;
  const messages = (Array.isArray(turns) ? turns.length : 1) +
    (body.instructions ? 1 : 0);
  return messages * MESSAGE_TOKENS + ANSWER_TOKENS;
}
