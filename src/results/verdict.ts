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
 * @throws {TypeError} If `retry` gives anything but a boolean or params: a promise would ask every request again.
 */
export function judge(result: AnyResult, settings: AnswerSettings): Verdict {
  if (!result.ok) {
    const { code, status } = result.error;
    if (status !== undefined && isQuotaCode(code)) return { kind: "quota" };
    if (PASSING_CODES.has(code) || isPassingStatus(status)) {
      return { kind: "again" };
    }
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

/** The SDK's rule for calls, applied to lines; 0 has been seen where a request got lost. */
function isPassingStatus(status: number | undefined): boolean {
  return status !== undefined &&
    ([0, 408, 409, 429].includes(status) || status >= 500);
}
