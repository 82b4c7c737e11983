/**
 * What a failure is worth: the one rule for result lines, direct calls,
 * refused batches and HTTP calls. Servers spell their codes in many ways, so
 * `InvalidParameter` and `invalid_parameter` are the same word here.
 *
 * @module
 */

import { ENDED_STATUSES } from "./batch_end.ts";

/**
 * "credit": nothing helps until there is credit. "transient": the same
 * request may be answered a little later. "permanent": it will not. "unknown":
 * the request never ran, and no rule knows the code.
 */
export type FailureKind = "credit" | "transient" | "permanent" | "unknown";

/** What the rule looks at. */
export interface FailureSigns {
  /** The server's code, or ours. */
  code?: string | undefined;
  /** The server's kind of error. */
  type?: string | null | undefined;
  /** The HTTP status, where there was one. */
  status?: number | undefined;
}

const CREDIT: ReadonlySet<string> = new Set([
  "insufficient_quota",
  "insufficient_balance",
  "insufficient_credits",
  "billing_hard_limit_reached",
  "billing_not_active",
  "exceeded_current_quota_error",
  "arrearage",
]);

/** Nothing was said of the request itself. A batch that failed has reasons. */
const UNANSWERED: ReadonlySet<string> = new Set([
  ...ENDED_STATUSES.filter((status) => status !== "failed")
    .map((status) => `batch_${status}`),
  "request_timeout",
  "connection",
  "unreachable",
  "missing",
]);

/** Codes of our own that no pattern for servers' codes is to judge. */
const DECIDED: ReadonlySet<string> = new Set([
  "invalid_output",
  "refusal",
  "deadline",
  "cancelled",
  "too_large",
  "answer_too_large",
  "token_limit_exceeded",
  "input_unavailable",
  "response_queued",
  "response_cancelled",
  "unreadable_results",
]);

const TRANSIENT: ReadonlySet<string> = new Set([
  "server_error",
  "internal_error",
  "internal_server_error",
  "output_failed",
  "rate_limit_exceeded",
  "rate_limit_error",
  "overloaded",
  "overloaded_error",
  "service_unavailable",
  "service_unavailable_error",
  "timeout",
  "timeout_error",
]);

const PERMANENT: ReadonlySet<string> = new Set([
  "bad_request_error",
  "unprocessable_entity_error",
  "context_length_exceeded",
  "context_window_exceeded_error",
  "content_filter",
  "content_policy_violation",
  "content_policy_violation_error",
  "missing_required_parameter",
  "duplicate_custom_id",
  "mismatched_model",
  "model_mismatch",
  "mismatched_test_url",
  "url_mismatch",
  "streaming_unsupported",
  "empty_file",
  "empty_batch",
  "too_many_tasks",
  "input_modified",
  "input_no_permissions",
  "not_found_error",
]);

const PERMANENT_PATTERN =
  /^(invalid|unsupported|authentication|permission)_|_not_found$|_(above_max|below_min)/;

/**
 * Judges a failure. A status other than 2xx decides; without one the words
 * do, the code before the type.
 */
export function kindOfFailure(failure: FailureSigns): FailureKind {
  if (isOutOfCredit(failure)) return "credit";
  const { code = "", type, status } = failure;
  if (UNANSWERED.has(code)) return "transient";
  if (DECIDED.has(code)) return "permanent";
  if (status !== undefined && (status < 200 || status > 299)) {
    return isTransientStatus(status) ? "transient" : "permanent";
  }
  const said = kindOfWord(code) ?? kindOfWord(type ?? "");
  return said ?? (status === undefined ? "unknown" : "permanent");
}

/**
 * Tells a limit that passes from credit that is used up: both come as 429, and
 * some servers have other names and statuses for it.
 *
 * @returns True if there is no credit.
 */
export function isOutOfCredit({ code, type, status }: FailureSigns): boolean {
  return status === 402 || code === "402" ||
    (code !== undefined && CREDIT.has(toWord(code))) ||
    (!!type && CREDIT.has(toWord(type)));
}

/**
 * The official SDK's rule for calls, applied to lines too.
 *
 * @param status An HTTP status; 0 has been seen in lines of requests that got lost.
 * @returns True if the same request may succeed a little later.
 */
export function isTransientStatus(status: number): boolean {
  return status === 0 || status === 408 || status === 409 || status === 429 ||
    status >= 500;
}

function kindOfWord(text: string): "transient" | "permanent" | undefined {
  if (/^[45]\d\d$/.test(text)) {
    return isTransientStatus(Number(text)) ? "transient" : "permanent";
  }
  const word = toWord(text);
  if (TRANSIENT.has(word)) return "transient";
  const isPermanent = PERMANENT.has(word) || PERMANENT_PATTERN.test(word);
  return isPermanent ? "permanent" : undefined;
}

/** `BadRequestError`, `bad-request-error` and `bad_request_error` are one word. */
function toWord(text: string): string {
  return text.slice(0, 100).replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/[\s-]+/g, "_").toLowerCase();
}
