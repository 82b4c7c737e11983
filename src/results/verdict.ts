/**
 * Whether a result is final, or its request is sent again.
 *
 * @module
 */

import { kindOfFailure } from "../retry_rule.ts";
import type { AnswerSettings } from "./answer_options.ts";
import type { AnyResult } from "./result.ts";

/** "final", "again" (perhaps with other params), or "quota": not before there is credit. */
export interface Verdict {
  /** What becomes of the request. */
  kind: "final" | "again" | "quota";
  /** Params for the next attempt. */
  params?: Record<string, unknown>;
}

/** How often to try a request in all if no rule knows its failure. */
const UNKNOWN_TRIES = 2;

/** What was paid, or will be, and would only be paid once more: `retry` is not asked. */
const NEVER_AGAIN: ReadonlySet<string> = new Set([
  "response_queued",
  "unreadable_results",
  "answer_too_large",
]);

/**
 * Judges a result.
 *
 * @param tries How often to try a request in all if no rule knows its failure.
 * @throws {TypeError} If `retry` gives anything but a boolean or params: a promise would ask every request again.
 */
export function judge(
  result: AnyResult,
  settings: AnswerSettings,
  tries: number = UNKNOWN_TRIES,
): Verdict {
  if (!result.ok) {
    const { error, attempts } = result;
    if (NEVER_AGAIN.has(error.code)) return { kind: "final" };
    const kind = kindOfFailure(error);
    if (kind === "credit") return { kind: "quota" };
    if (kind === "transient") return { kind: "again" };
    if (kind === "unknown" && attempts < tries) return { kind: "again" };
  }
  const again = settings.retry?.(result);
  if (!again) return { kind: "final" };
  if (again === true) return { kind: "again" };
  if (typeof again === "object" && !("then" in again)) {
    return { kind: "again", params: again };
  }
  throw new TypeError(
    "The option retry must return a boolean or params, and not a promise",
  );
}

/**
 * What a result is worth as long as its request is sent again: what was said
 * once outweighs a later attempt that came to nothing.
 *
 * @returns 2 for an answer, 1 for one that does not do or a refusal, 0 for a failure that says nothing of the request.
 */
export function worthOf(result: AnyResult): 0 | 1 | 2 {
  if (result.ok) return 2;
  return kindOfFailure(result.error) === "permanent" ? 1 : 0;
}
