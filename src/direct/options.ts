/**
 * The options of direct calls.
 *
 * @module
 */

import { checkNoMore, checkPositive } from "../check_options.ts";
import type { WatchOptions } from "../progress/watch.ts";
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
}

/** The same, checked and complete. */
export interface DirectSettings {
  /** What lies under each request. */
  defaults: LineDefaults;
  /** What is asked again. */
  answers: AnswerSettings;
  /** How many calls may run at a time. */
  concurrency: number;
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
    signal,
    atAbort: _none,
    progress = true,
    ...unknown
  } = options;
  checkNoMore(unknown);
  checkPositive("concurrency", concurrency);
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
    }),
    answers,
    concurrency,
    signal,
    progress,
  };
}
