/**
 * Whether a result is final, or its request is asked again.
 *
 * @module
 */

import { isQuotaCode } from "../rest/retry.ts";
import type { AnswerSettings } from "./answer_options.ts";
import type { AnyResult, ResultError } from "./result.ts";

/** "final", "again" (perhaps with other params), or "quota": not before somebody has paid. */
export interface Verdict {
  /** What becomes of the request. */
  kind: "final" | "again" | "quota";
  /** Params for the next attempt. */
  params?: Record<string, unknown>;
}

const PASSING_CODES: ReadonlySet<string> = new Set([
  "batch_expired",
  "batch_cancelled",
  "request_timeout",
  "missing",
]);

/**
 * Judges a result.
 *
 * @param result The result of one attempt.
 * @param settings What is asked again.
 * @returns The verdict.
 * @throws {TypeError} If `retry` gives anything but a boolean or params: a promise would ask every request again.
 */
export function judge(result: AnyResult, settings: AnswerSettings): Verdict {
  if (!result.ok) {
    if (isQuota(result.error)) return { kind: "quota" };
    if (isPassing(result.error)) return { kind: "again" };
  }
  const again = settings.retry?.(result);
  if (!again) return { kind: "final" };
  if (again === true) return { kind: "again" };
  if (typeof again === "object" && !("then" in again)) {
    return { kind: "again", params: again };
  }
  throw new TypeError(
    "The option retry must return a boolean or params, at once and no promise",
  );
}

/**
 * What a result is worth as long as its request is asked again: what was said
 * once outweighs a later attempt that came to nothing.
 *
 * @param result The result of one attempt.
 * @returns 2 for an answer, 1 for one that does not do or a refusal, 0 for a failure that says nothing of the request.
 */
export function worthOf(result: AnyResult): 0 | 1 | 2 {
  if (result.ok) return 2;
  return isQuota(result.error) || isPassing(result.error) ? 0 : 1;
}

function isQuota({ code, status }: ResultError): boolean {
  return status !== undefined && isQuotaCode(code);
}

function isPassing({ code, status }: ResultError): boolean {
  return PASSING_CODES.has(code) || isPassingStatus(status);
}

/** The SDK's rule for calls, applied to lines; 0 has been seen where a request got lost. */
function isPassingStatus(status: number | undefined): boolean {
  return status !== undefined &&
    ([0, 408, 409, 429].includes(status) || status >= 500);
}
