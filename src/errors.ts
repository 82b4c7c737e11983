/**
 * Every error that the module throws. One base class with a `code`, few
 * subclasses with a literal `name`, so that `switch (error.name)` narrows.
 *
 * @module
 */

import type { APIErrorBody } from "./types/lines.ts";
import type { Open } from "./types/platform.ts";

/** What every error of the module may be given. */
export interface ErrorDetails {
  /** For programs; what the class documents as its `code`. */
  code?: string | undefined;
  /** The job that goes on when it is run again. */
  jobId?: string | undefined;
  /** What led to it. */
  cause?: unknown;
}

/**
 * The base of all errors of this module. Wrong arguments are a `TypeError` or
 * a `RangeError` instead, as everywhere on the web platform.
 *
 * @example
 * ```ts
 * import { OpenAIBatchError } from "@offpeak/openai-batch";
 *
 * const error = new OpenAIBatchError("The key is missing", { code: "missing_api_key" });
 * console.assert(error.code === "missing_api_key");
 * ```
 */
export class OpenAIBatchError extends Error {
  /** For `switch (error.name)`. */
  override readonly name: Open<"OpenAIBatchError"> = "OpenAIBatchError";
  /** For programs: the API's own code where there is one, else ours. */
  readonly code: string;
  /** The job to go on with, if there is one: nothing answered is lost. */
  readonly jobId: string | undefined;

  /**
   * Makes an error.
   *
   * @param message For people: the value, the place and the rule.
   * @param details The code, the job and the cause.
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = details.code ?? "error";
    this.jobId = details.jobId;
  }
}

/** What an HTTP answer says that is no success. */
export interface APIErrorDetails extends ErrorDetails {
  /** The HTTP status. */
  status: number;
  /** The answer's headers. */
  headers: Headers;
  /** The answer's `error`, where it has one. */
  error?: Partial<APIErrorBody> | undefined;
  /** See {@linkcode APIError.ambiguous}. */
  ambiguous?: boolean | undefined;
}

/** The API answered with a status that is no success. `code` is the API's, or `http_<status>` where it names none. */
export class APIError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "APIError";
  /** The HTTP status. */
  readonly status: number;
  /** The API's kind of error, such as "invalid_request_error". */
  readonly type: string | undefined;
  /** The parameter that the API names. */
  readonly param: string | undefined;
  /** `x-request-id`, for OpenAI's support. */
  readonly requestId: string | undefined;
  /** The answer's headers. */
  readonly headers: Headers;
  /** True where a `POST /batches` may have taken effect all the same (408, 409, 5xx): it is never repeated blindly. */
  readonly ambiguous: boolean;

  /**
   * Makes the error of an answer.
   *
   * @param message The status and what the API says.
   * @param details The answer's parts.
   */
  constructor(message: string, details: APIErrorDetails) {
    const { status, headers, error } = details;
    super(message, { ...details, code: error?.code ?? `http_${status}` });
    this.status = status;
    this.headers = headers;
    this.type = error?.type;
    this.param = error?.param ?? undefined;
    this.requestId = headers.get("x-request-id") ?? undefined;
    this.ambiguous = details.ambiguous ?? false;
  }
}

/**
 * No answer, or none that can be read: the message names the address and the
 * cause. `code` is "unreachable" (there was no connection, so that nothing was
 * sent), "connection" (it broke), "timeout", "unreadable" (the answer to
 * another call, a page of HTML, half an answer), "redirect" (it is not
 * followed) or "permission" (the runtime forbids the network, as Deno does
 * without `--allow-net`). The last two are thrown at once; the others once an
 * hour has passed, or a minute while nothing was ever reached.
 */
export class ConnectionError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "ConnectionError";
  /** True where a `POST /batches` may have taken effect: it is never repeated blindly. */
  readonly ambiguous: boolean;

  /**
   * Makes the error of a call without an answer.
   *
   * @param message What was called and how it ended.
   * @param details The code, the cause, and whether the call may have taken effect.
   */
  constructor(
    message: string,
    details: ErrorDetails & { ambiguous?: boolean | undefined } = {},
  ) {
    super(message, { code: "connection", ...details });
    this.ambiguous = details.ambiguous ?? false;
  }
}

/** The job's name stands for other input at OpenAI: nothing of this part was sent. */
export class JobConflictError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "JobConflictError";
  /** The part that differs: 0, 1, … */
  readonly part: number;

  /**
   * Makes the error of a part.
   *
   * @param message What differs.
   * @param details The job and the part.
   */
  constructor(message: string, details: ErrorDetails & { part: number }) {
    super(message, { code: "job_conflict", ...details });
    this.part = details.part;
  }
}

/** The credit is used up. What was answered was handed out; run the job again when there is credit, and it goes on. */
export class QuotaError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "QuotaError";
}

/** There is nothing of this job at OpenAI. */
export class JobNotFoundError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "JobNotFoundError";
}

/** The input never arrived whole; what was uploaded was answered and handed out. Run it again with the same job and input. */
export class JobIncompleteError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "JobIncompleteError";
}

/** The files are gone (30 days, or `cleanup`): nothing is asked again under this name. */
export class JobExpiredError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "JobExpiredError";

  /**
   * Makes the error of a job whose files are gone.
   *
   * @param message Which file.
   * @param details The job and the cause.
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: "job_expired", ...details });
  }
}

/**
 * Says on an error which job it ended, so that its catcher can go on with it.
 *
 * @param error Whatever was thrown.
 * @param jobId The job.
 * @returns The same error.
 */
export function withJob(error: unknown, jobId: string): unknown {
  if (error instanceof OpenAIBatchError && error.jobId === undefined) {
    (error as { jobId: string | undefined }).jobId = jobId;
  }
  return error;
}
