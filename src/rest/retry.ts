/**
 * Which failed calls are retried, and after how long: the rules of the official SDK,
 * except for calls that must not happen twice.
 *
 * @module
 */

import { APIError, ConnectionError } from "../errors.ts";
import { isOutOfCredit, isTransientStatus } from "../retry_rule.ts";

/**
 * When a call may be retried: "always" (after every temporary failure),
 * "unless_conflict" (a 409 is an answer, for example when a finished batch is
 * cancelled), "if_refused" (only after a 429, or without a connection: after any
 * other failure, it may have taken effect).
 */
export type Repeat = "always" | "unless_conflict" | "if_refused";

/** The longest Retry-After to respect, ms. */
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
 * Whether an object is gone, or never existed: 404 and 410.
 */
export function isGone(error: unknown): error is APIError {
  return error instanceof APIError && [404, 410].includes(error.status);
}

/**
 * Whether a call can't succeed until the setup is changed: a redirect, or no
 * permission to use the network.
 */
export function isBroken({ code }: ConnectionError): boolean {
  return code === "redirect" || code === "permission";
}

/**
 * Whether the transport may retry a call.
 */
export function mayRepeat(error: unknown, repeat: Repeat): boolean {
  if (!isPassing(error)) return false;
  const status = error instanceof APIError ? error.status : 0;
  if (repeat === "if_refused") return status === 429 || isUnsent(error);
  return repeat === "always" || status !== 409;
}

/**
 * How long the server asks to wait: `retry-after-ms`, or `retry-after` in seconds or
 * as an HTTP date.
 *
 * @returns Milliseconds, or undefined without a readable header.
 */
export function readRetryAfter(
  headers: Headers,
  now: number,
): number | undefined {
  const exact = headers.get("retry-after-ms") ?? "";
  if (NUMBER.test(exact)) return Number(exact);
  const value = headers.get("retry-after") ?? "";
  if (NUMBER.test(value)) return Number(value) * 1_000;
  // Date.parse accepts much that isn't an HTTP date, such as "-5".
  const date = /\d\d:\d\d:\d\d/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * How long to wait before a retry.
 *
 * @returns Milliseconds: what the server asks for, otherwise 0.5, 1, 2, 4, 8, 8, … s, less up to a quarter.
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
 * How long to wait if the server doesn't say.
 *
 * @returns Milliseconds: 0.5, 1, 2, 4, 8, 8, … s, less up to a quarter.
 */
export function backoff(retries: number): number {
  return Math.min(500 * 2 ** retries, 8_000) * (1 - Math.random() * 0.25);
}
