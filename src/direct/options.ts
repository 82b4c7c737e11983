/**
 * The options of direct calls.
 *
 * @module
 */

import {
  checkAtAbort,
  checkName,
  checkNoMore,
  checkPositive,
  checkTrace,
  checkWhole,
} from "../check_options.ts";
import { hintFor } from "../option_hint.ts";
import { checkProgress, type WatchOptions } from "../progress/watch.ts";
import { type DirectLane, isWindow } from "../requests/direct_lane.ts";
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
 * calls; `atAbort` decides what happens to responses in the background.
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
   * - `"8h"`, `"2h"`: `/v1/responses` in the background, within that window. All
   *   requests are sent right away, and each response is polled until it ends. It
   *   is stored (`store: true`): OpenAI keeps the prompt and the answer for about
   *   30 days, or until `cleanup()`. An hour after its window, a response that
   *   hasn't ended is cancelled. If it has used no tokens it is sent again, as another
   *   attempt; otherwise it fails with "response_queued".
   *
   * @default "standard", or the `service_tier` of the request or the project
   */
  lane?: DirectLane | undefined;
  /**
   * With the lane "8h" or "2h": a name, so that the same script continues after a
   * crash. The ids of the responses are kept at OpenAI, in small files. What was
   * created in the last 10 s before a crash may be missing there, and is sent and paid
   * for again. A name belongs to one input in one lane. Before anything is sent, the
   * client's `settleTime` passes. 1 to 64 characters of A-Z, a-z, 0-9, _ and -.
   *
   * @default none: after a crash, everything is sent and paid for again
   */
  job?: string | undefined;
  /**
   * With the lane "flex": how long a request waits for room before it is sent at the
   * standard price, in ms; 0 sends it right after the first refusal.
   *
   * @default it keeps waiting
   */
  fallbackAfter?: number | undefined;
}

/** The options, checked and complete. */
export interface DirectSettings {
  /** Defaults for each request. */
  defaults: LineDefaults;
  /** What is sent again. */
  answers: AnswerSettings;
  /** How many calls may run at the same time. */
  concurrency: number;
  /** Its name, if it has one. */
  job: string | undefined;
  /** What happens to running responses when nothing waits for them any more. */
  atAbort: NonNullable<WatchOptions["atAbort"]>;
  /** In which lane. */
  lane: DirectLane | undefined;
  /** Ms until a request without room is sent at the standard price. */
  fallbackAfter: number | undefined;
  /** Ends everything. */
  signal: AbortSignal | undefined;
  /** How progress is shown. */
  progress: NonNullable<WatchOptions["progress"]>;
  /** Called with what happens. */
  trace: WatchOptions["trace"];
}

/** How many calls run at the same time by default. */
export const CONCURRENCY = 32;

/**
 * Checks the options of direct calls.
 *
 * @throws {TypeError} If an option is unknown or has the wrong type.
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
    job,
    signal,
    atAbort = "leave",
    progress = true,
    trace,
    ...unknown
  } = options;
  checkNoMore(unknown, hintFor);
  checkPositive("concurrency", concurrency);
  checkFallback(lane, fallbackAfter);
  checkAtAbort(atAbort);
  checkProgress(progress);
  checkTrace(trace);
  if (job !== undefined) {
    checkName("job", job);
    if (!isWindow(lane)) {
      throw new TypeError(
        'The option job needs the lane "8h" or "2h": other lanes keep nothing at OpenAI',
      );
    }
  }
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
    job,
    atAbort,
    lane,
    fallbackAfter,
    signal,
    progress,
    trace,
  };
}

/**
 * Checks what happens to requests without room.
 *
 * @param fallbackAfter The option, ms.
 * @throws {TypeError} If the lane is not "flex".
 * @throws {RangeError} If it isn't a whole number of ms.
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
