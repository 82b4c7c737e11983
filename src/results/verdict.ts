/**
 * Whether a result is final, or its request is asked again.
 *
 * @module
 */

import { isQuotaCode } from "../rest/retry.ts";
import type { AnswerSettings } from "./answer_options.ts";
import type { AnyResult } from "./result.ts";

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
 */
export function judge(result: AnyResult, settings: AnswerSettings): Verdict {
  if (!result.ok) {
    const { code, status } = result.error;
    if (status === 429 && isQuotaCode(code)) return { kind: "quota" };
    if (PASSING_CODES.has(code) || isPassingStatus(status)) {
      return { kind: "again" };
    }
  }
  const again = settings.retry?.(result) ?? false;
  if (!again) return { kind: "final" };
  return again === true ? { kind: "again" } : { kind: "again", params: again };
}

/** The SDK's rule for calls, applied to lines; 0 has been seen where a request got lost. */
function isPassingStatus(status: number | undefined): boolean {
  return status !== undefined &&
    ([0, 408, 409, 429].includes(status) || status >= 500);
}
