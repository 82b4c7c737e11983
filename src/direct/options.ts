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
 * The options of `direct`. Unknown ones are refused. `signal` ends the calls
 * that run; `atAbort` is taken, so that options can be shared with a job, but
 * there are no batches that it could be about.
 *
 * @typeParam E The endpoint of the requests.
 * @typeParam T The type of `parsed`.
 */
export interface DirectOptions<E extends Endpoint = Chat, T = undefined>
  extends RequestOptions<E>, AnswerOptions<E, T>, WatchOptions {
  /**
   * How many calls may run at a time; 1 asks in sequence. There are fewer
   * while the server refuses calls for their rate, or says in its
   * `x-ratelimit-*` headers that it will.
   *
   * @default 32
   */
  concurrency?: number | undefined;
  /**
   * How soon an answer is needed, and so what it costs. A request whose own
   * `service_tier` says something else is a `TypeError`, and so is one of an
   * endpoint that has no such lane.
   *
   * - `"standard"`: at once. Where you write it, each request says so too, which
   *   overrides a tier that is set for your project.
   * - `"flex"`: at batch prices, when there is room. A model may take 15 minutes.
   *   Where there is no room the request waits, which counts as no attempt, an
   *   hour at most without one success; or see `fallbackAfter`. A model without
   *   flex is a failure in OpenAI's words.
   * - `"priority"`: faster than standard, and dearer.
   *
   * @default "standard", or the `service_tier` of the request or the project
   */
  lane?: DirectLane | undefined;
  /**
   * With the lane "flex": ms that a request waits for room until it is asked
   * at the standard price; 0 asks it at once after the first refusal.
   *
   * @default it goes on waiting
   */
  fallbackAfter?: number | undefined;
}

/** The same, checked and complete. */
export interface DirectSettings {
  /** What lies under each request. */
  defaults: LineDefaults;
  /** What is asked again. */
  answers: AnswerSettings;
  /** How many calls may run at a time. */
  concurrency: number;
  /** In which lane. */
  lane: DirectLane | undefined;
  /** Ms until a request that finds no room is asked at the standard price. */
  fallbackAfter: number | undefined;
  /** Ends everything. */
  signal: AbortSignal | undefined;
  /** Who watches. */
  progress: NonNullable<WatchOptions["progress"]>;
}

/** How many calls run at a time, where nobody says. */
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
 * Checks what becomes of requests that find no room.
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
