/**
 * Which failed calls are repeated, and after what wait: the rules of the
 * official SDK, but for calls that must not happen twice.
 *
 * @module
 */

import { APIError, ConnectionError } from "../errors.ts";
import { isOutOfCredit, isTransientStatus } from "../retry_rule.ts";

/**
 * When a call may be repeated: "always" (after every failure that may pass),
 * "unless_conflict" (a 409 is an answer, as when a finished batch is
 * cancelled), "if_refused" (only after a 429, or where there was no
 * connection: whatever else went wrong, it may have taken effect).
 */
export type Repeat = "always" | "unless_conflict" | "if_refused";

/** Longest Retry-After that is waited for, ms. */
export const MAX_RETRY_AFTER = 600_000;

const NUMBER = /^\d+(\.\d+)?$/;

/**
 * Whether the same call may succeed a little later.
 *
 * @returns True for lost connections, 408, 409, 429 and 5xx, but not without credit.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return !isBroken(error);
  if (!(error instanceof APIError) || isOutOfCredit(error)) return false;
  const hint = error.headers.get("x-should-retry");
  if (hint === "true" || hint === "false") return hint === "true";
  return isTransientStatus(error.status);
}

function isUnsent(error: unknown): boolean {
  return error instanceof ConnectionError && error.code === "unreachable";
}

/**
 * Whether an object is not there any more, or never was.
 *
 * @returns True for 404 and 410.
 */
export function isGone(error: unknown): error is APIError {
  return error instanceof APIError && [404, 410].includes(error.status);
}

/**
 * Whether a call got no answer, and never will until somebody changes the setup.
 *
 * @returns True for a redirect, and where the network may not be used.
 */
export function isBroken({ code }: ConnectionError): boolean {
  return code === "redirect" || code === "permission";
}

/**
 * Whether the transport may repeat a call.
 *
 * @returns True if it may.
 */
export function mayRepeat(error: unknown, repeat: Repeat): boolean {
  if (!isPassing(error)) return false;
  const status = error instanceof APIError ? error.status : 0;
  if (repeat === "if_refused") return status === 429 || isUnsent(error);
  return repeat === "always" || status !== 409;
}

/**
 * What the server asks to wait: `retry-after-ms`, or `retry-after` in seconds
 * or as an HTTP date.
 *
 * @returns Milliseconds, or undefined if it asks for nothing that can be read.
 */
export function readRetryAfter(
  headers: Headers,
  now: number,
): number | undefined {
  const exact = headers.get("retry-after-ms") ?? "";
  if (NUMBER.test(exact)) return Number(exact);
  const value = headers.get("retry-after") ?? "";
  if (NUMBER.test(value)) return Number(value) * 1_000;
  // Date.parse takes much that is no HTTP date, such as "-5".
  const date = /\d\d:\d\d:\d\d/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * How long to wait before a call is repeated.
 *
 * @returns Milliseconds: what the server asks for, else 0.5, 1, 2, 4, 8, 8, … s, less up to a quarter.
 */
export function waitBefore(
  error: unknown,
  retries: number,
  now: number,
): number {
  const asked = error instanceof APIError
    ? readRetryAfter(error.headers, now)
    : undefined;
  return asked ?? backoff(retries);
}

/**
 * How long to wait where the server asks for nothing.
 *
 * @returns Milliseconds: 0.5, 1, 2, 4, 8, 8, … s, less up to a quarter.
 */
export function backoff(retries: number): number {
  return Math.min(500 * 2 ** retries, 8_000) * (1 - Math.random() * 0.25);
}
