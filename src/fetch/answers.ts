/**
 * From results and errors to a `Response` that another library's client understands
 * and doesn't retry.
 *
 * @module
 */

import { QuotaError } from "../errors.ts";
import type { Result } from "../results/result.ts";

/** The answer to a call. Each caller gets its own `Response` of it. */
export interface Answer {
  /** The HTTP status: 200 if the call got what it asked for. */
  status: number;
  /** The body, as JSON. */
  text: string;
  /** The headers. */
  headers: Record<string, string>;
}

/** An error in OpenAI's format. */
export interface Refusal {
  /** For people. */
  message: string;
  /** For programs. @default "invalid_request" */
  code?: string | undefined;
  /** The HTTP status behind it, if there was one. */
  status?: number | undefined;
  /** The kind of error. @default "invalid_request_error" */
  type?: string | undefined;
  /** The parameter that is wrong. */
  param?: string | undefined;
  /** OpenAI's id of the request. */
  requestId?: string | undefined;
}

/** Thrown if there is something wrong with a call itself. */
export class Refused extends Error {}

const NO_CREDIT = "insufficient_quota";

/**
 * The answer of a result.
 *
 * @returns Its body as the API gave it, or its error.
 */
// deno-lint-ignore no-explicit-any
export function answerOf(result: Result<any, any>): Answer {
  const { ok, error, requestId, body } = result;
  // A model's refusal is an answer too: the client shows it.
  if (ok || (error.code === "refusal" && body)) {
    return toAnswer(200, body, requestId);
  }
  // SDKs read their errors from a field of that name.
  const own = typeof body?.error === "object" ? body : undefined;
  return refuse({ ...error, requestId }, own);
}

/**
 * The answer of an error.
 *
 * @param own The API's own body, for a status that is passed on.
 * @returns An error in OpenAI's format, with a status that no SDK retries.
 */
export function refuse(refusal: Refusal, own?: object): Answer {
  const { message, code = "invalid_request", requestId } = refusal;
  const { type = "invalid_request_error", param = null } = refusal;
  const { status = 400 } = code === NO_CREDIT ? { status: 402 } : refusal;
  const body = { error: { message, type, param, code } };
  // Each of the other statuses is retried by some SDK.
  return status >= 400 && status <= 404
    ? toAnswer(status, own ?? body, requestId)
    : toAnswer(400, body, requestId);
}

/**
 * The answer for an error that ended a job.
 *
 * @returns The same answer for every waiting call.
 */
export function answerOfError(error: unknown): Answer {
  // An APIError has all that a refusal has; other errors have less of it.
  const refusal = error as Refusal;
  return error instanceof QuotaError
    ? refuse({ message: refusal.message, code: NO_CREDIT })
    : refuse(refusal);
}

function toAnswer(
  status: number,
  body: unknown,
  requestId: string | undefined,
): Answer {
  const headers: Record<string, string> = {
    "content-type": "application/json",
  };
  if (status !== 200) headers["x-should-retry"] = "false";
  if (requestId !== undefined) headers["x-request-id"] = requestId;
  return { status, text: JSON.stringify(body), headers };
}
