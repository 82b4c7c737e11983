/**
 * From results and errors to the `Response` that a client of another library
 * understands, and does not repeat.
 *
 * @module
 */

import { QuotaError } from "../errors.ts";
import type { Result } from "../results/result.ts";

/** What a call is answered with; each caller gets a `Response` of its own. */
export interface Answer {
  /** The HTTP status: 200 if the call got what it asked for. */
  status: number;
  /** The body, as JSON. */
  text: string;
  /** The headers. */
  headers: Record<string, string>;
}

/** What an error says, in OpenAI's words. */
export interface Refusal {
  /** For people. */
  message: string;
  /** For programs. @default "invalid_request" */
  code?: string | undefined;
  /** The HTTP status that led to it, where there was one. */
  status?: number | undefined;
  /** The kind of error. @default "invalid_request_error" */
  type?: string | undefined;
  /** The parameter that is wrong. */
  param?: string | undefined;
  /** OpenAI's id of the request. */
  requestId?: string | undefined;
}

/** Thrown on the way to a batch by what is wrong with a call itself. */
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
  // A refusal of the model is an answer too: the client shows it.
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
 * @param own The API's own words, for a status that is handed on.
 * @returns An error in OpenAI's shape, with a status that no SDK repeats.
 */
export function refuse(refusal: Refusal, own?: object): Answer {
  const { message, code = "invalid_request", requestId } = refusal;
  const { type = "invalid_request_error", param = null } = refusal;
  const { status = 400 } = code === NO_CREDIT ? { status: 402 } : refusal;
  const body = { error: { message, type, param, code } };
  // Of all other statuses some SDK repeats one.
  return status >= 400 && status <= 404
    ? toAnswer(status, own ?? body, requestId)
    : toAnswer(400, body, requestId);
}

/**
 * The answer of what a job, or the way to it, ended with.
 *
 * @returns The same for whoever waits for it.
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
