/**
 * From results and errors to the `Response` that a client of another library
 * understands, and does not repeat.
 *
 * @module
 */

import { APIError, OpenAIBatchError, QuotaError } from "../errors.ts";
import type { Result } from "../results/result.ts";

/** What a call is answered with; each caller gets a `Response` of its own. */
export interface Answer {
  /** Whether the call got what it asked for. */
  ok: boolean;
  /** The HTTP status. */
  status: number;
  /** The body, as JSON. */
  text: string;
  /** OpenAI's id of the request. */
  requestId?: string | undefined;
  /** After how many seconds it may be asked again. */
  retryAfter?: number | undefined;
}

/** What an error says, in OpenAI's words. */
export interface Refusal {
  /** For people. */
  message: string;
  /** For programs. */
  code: string;
  /** The HTTP status that led to it, where there was one. */
  status?: number | undefined;
  /** The kind of error. @default "invalid_request_error" */
  type?: string | undefined;
  /** The parameter that is wrong. */
  param?: string | undefined;
  /** OpenAI's id of the request. */
  requestId?: string | undefined;
  /** After how many seconds it may be asked again. */
  retryAfter?: number | undefined;
}

/** Thrown on the way to a batch by what is wrong with a call itself. */
export class Refused extends Error {
  /** What the caller gets. */
  readonly answer: Answer;

  /**
   * @param message What is wrong, without what was asked.
   * @param code For programs.
   */
  constructor(message: string, code = "invalid_request") {
    super(message);
    this.answer = refuse({ message, code });
  }
}

/** Statuses that are handed on. Of all others some SDK repeats one. */
const AS_THEY_ARE: ReadonlySet<number> = new Set([400, 401, 402, 403, 404]);

const NO_CREDIT: ReadonlySet<string> = new Set([
  "insufficient_quota",
  "billing_hard_limit_reached",
  "billing_not_active",
]);

/**
 * The answer of a result.
 *
 * @param result What came of the request.
 * @returns Its body as the API gave it, or its error.
 */
// deno-lint-ignore no-explicit-any
export function answerOf(result: Result<any, any>): Answer {
  const { ok, error, requestId, body } = result;
  const text = () => JSON.stringify(body);
  // A refusal of the model is an answer too: the client shows it.
  if (ok || (error.code === "refusal" && body)) {
    return { ok: true, status: 200, text: text(), requestId };
  }
  const status = error.status ?? 0;
  if (AS_THEY_ARE.has(status) && isErrorBody(body)) {
    return { ok: false, status, text: text(), requestId };
  }
  return refuse({ ...(error as Refusal), requestId });
}

/**
 * The answer of an error.
 *
 * @param refusal What it says.
 * @returns An error body in OpenAI's shape, with a status that no SDK repeats.
 */
export function refuse(refusal: Refusal): Answer {
  const { message, code, requestId, retryAfter } = refusal;
  const { type = "invalid_request_error", param = null } = refusal;
  const hasCredit = !NO_CREDIT.has(code);
  const error = {
    message,
    type,
    param,
    code: hasCredit ? code : "insufficient_quota",
  };
  return {
    ok: false,
    status: hasCredit ? statusOf(refusal.status) : 402,
    text: JSON.stringify({ error }),
    requestId,
    retryAfter,
  };
}

/**
 * The answer of what a job ended with.
 *
 * @param error What was thrown.
 * @returns The same for whoever waits for the job.
 */
export function answerOfError(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof QuotaError) {
    return refuse({ message, code: "insufficient_quota" });
  }
  if (error instanceof APIError) {
    const { code, status, type, param, requestId } = error;
    return refuse({ message, code, status, type, param, requestId });
  }
  const code = error instanceof OpenAIBatchError
    ? error.code
    : "invalid_request";
  return refuse({ message, code });
}

/**
 * @param answer What to answer.
 * @returns A response.
 */
export function toResponse(answer: Answer): Response {
  const { ok, status, text, requestId, retryAfter } = answer;
  const headers = new Headers({ "content-type": "application/json" });
  if (requestId !== undefined) headers.set("x-request-id", requestId);
  if (retryAfter !== undefined) headers.set("retry-after", `${retryAfter}`);
  if (!ok) headers.set("x-should-retry", "false");
  return new Response(text, { status, headers });
}

/** What SDKs read their errors from. */
function isErrorBody(body: unknown): boolean {
  const error = (body as { error?: unknown } | undefined)?.error;
  return typeof error === "object" && error !== null;
}

function statusOf(status: number | undefined): number {
  return status !== undefined && AS_THEY_ARE.has(status) ? status : 400;
}
