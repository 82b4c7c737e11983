/**
 * The options that say what counts as an answer, for jobs and direct calls.
 *
 * @module
 */

import { checkPositive } from "../check_options.ts";
import type { Chat, Endpoint, Params } from "../types/endpoints.ts";
import type { AnyResult, Result } from "./result.ts";

/**
 * What counts as an answer.
 *
 * @typeParam E The endpoint of the requests.
 * @typeParam T The type of `parsed`.
 */
export interface AnswerOptions<E extends Endpoint = Chat, T = undefined> {
  /** Attempts per request in all, the first included. @default 3 */
  maxAttempts?: number | undefined;
  /**
   * Whether to ask again: `true`, or params for the next attempt (of the same
   * endpoint). Asked for answers and for failures that are not repeated
   * anyway. It must depend on nothing but the result: it is asked anew after a
   * restart.
   */
  retry?: ((result: Result<E, T>) => boolean | Params<E>) | undefined;
}

/** The same, checked and complete. */
export interface AnswerSettings {
  /** Attempts per request in all, the first included. */
  maxAttempts: number;
  /** The caller's own word. */
  retry:
    | ((result: AnyResult) => boolean | Record<string, unknown>)
    | undefined;
}

/**
 * Checks the options about answers.
 *
 * @param options What the caller passed, of these options only.
 * @returns The same with defaults.
 * @throws {RangeError} If `maxAttempts` is not a positive whole number.
 */
export function readAnswerOptions<E extends Endpoint, T>(
  options: AnswerOptions<E, T>,
): AnswerSettings {
  const { maxAttempts = 3, retry } = options;
  checkPositive("maxAttempts", maxAttempts);
  return { maxAttempts, retry: retry as AnswerSettings["retry"] };
}
