/**
 * The options of direct calls.
 *
 * @module
 */

import { checkNoMore, checkPositive, checkWhole } from "../check_options.ts";
import type { WatchOptions } from "../progress/watch.ts";
import type { DirectLane } from "../requests/direct_lane.ts";
import { readRequestOptions } from "../requests/options.ts";
import type { RequestOptions } from "../requests/request.ts";
import type { LineDefaults } from "../requests/to_line.ts";
import {
  type AnswerOptions,
  type AnswerSettings,
  readAnswerOptions,
} from "../results/answer_options.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";

/**
 * The options of `direct`. Unknown ones are refused. `signal` ends the running
 * calls. `atAbort` is accepted, so that you can share options with a job, but has
 * no effect: there are no batches.
 *
 * @typeParam E The endpoint of the requests.
 * @typeParam T The type of `parsed`.
 */
export interface DirectOptions<E extends Endpoint = Chat, T = undefined>
  extends RequestOptions<E>, AnswerOptions<E, T>, WatchOptions {
  /**
   * How many calls may run at the same time; 1 makes them in sequence. It is fewer
   * while the server refuses calls for their rate, or says in its `x-ratelimit-*`
   * headers that it will.
   *
   * @default 32
   */
  concurrency?: number | undefined;
  /**
   * How soon you need an answer, and so what it costs. If a request's own
   * `service_tier` says something else, or its endpoint has no such lane, you get a
   * `TypeError`.
   *
   * - `"standard"`: at once. If you set it, each request says so, which overrides a
   *   tier set for your project.
   * - `"flex"`: at batch prices, when there is room. A model may take 15 minutes.
   *   If there is no room, the request waits, for an hour at most without a single
   *   success, which doesn't count as an attempt; or see `fallbackAfter`. For a
   *   model without flex, you get OpenAI's error.
   * - `"priority"`: faster than standard, and dearer.
   *
   * @default "standard", or the `service_tier` of the request or the project
   */
  lane?: DirectLane | undefined;
  /**
   * With the lane "flex": how long a request waits for room before it is sent at the
   * standard price, in ms; 0 sends it right after the first refusal.
   *
   * @default it keeps waiting
   */
  fallbackAfter?: number | undefined;
}

/** The same, checked and complete. */
export interface DirectSettings {
  /** What lies under each request. */
  defaults: LineDefaults;
  /** What is asked again. */
  answers: AnswerSettings;
  /** How many calls may run at the same time. */
  concurrency: number;
  /** In which lane. */
  lane: DirectLane | undefined;
  /** Ms until a request without room is sent at the standard price. */
  fallbackAfter: number | undefined;
  /** Ends everything. */
  signal: AbortSignal | undefined;
  /** Who watches. */
  progress: NonNullable<WatchOptions["progress"]>;
}

/** How many calls run at the same time by default. */
export const CONCURRENCY = 32;

/**
 * Checks the options of direct calls.
 *
 * @param options What the caller passed.
 * @returns The same with defaults.
 * @throws {TypeError} If an option is unknown or of the wrong kind.
 * @throws {RangeError} If a number is out of range.
 */
export function readDirectOptions<E extends Endpoint, T>(
  options: DirectOptions<E, T>,
): DirectSettings {
  const {
    endpoint,
    params,
    schema,
    parse,
    schemaName,
    maxAttempts,
    retry,
    concurrency = CONCURRENCY,
    lane,
    fallbackAfter,
    signal,
    atAbort: _none,
    progress = true,
    ...unknown
  } = options;
  checkNoMore(unknown);
  checkPositive("concurrency", concurrency);
  checkFallback(lane, fallbackAfter);
  const answers = readAnswerOptions({
    schema,
    parse,
    schemaName,
    maxAttempts,
    retry,
  });
  return {
    defaults: readRequestOptions({
      endpoint,
      params,
      schema: answers.schema,
      isDirect: true,
      lane,
    }),
    answers,
    concurrency,
    lane,
    fallbackAfter,
    signal,
    progress,
  };
}

/**
 * Checks what happens to requests without room.
 *
 * @param lane The lane.
 * @param fallbackAfter The option, ms.
 * @throws {TypeError} If the lane is not "flex".
 * @throws {RangeError} If it is no whole number of ms.
 */
export function checkFallback(
  lane: DirectLane | undefined,
  fallbackAfter: number | undefined,
): void {
  if (fallbackAfter === undefined) return;
  checkWhole("fallbackAfter", fallbackAfter);
  if (lane !== "flex") {
    throw new TypeError('The option fallbackAfter needs the lane "flex"');
  }
}
