/**
 * Every error this module throws: one base class with a `code`, and a few
 * subclasses with a literal `name`, so that `switch (error.name)` narrows.
 *
 * @module
 */

import type { APIErrorBody } from "./types/lines.ts";
import type { Open } from "./types/platform.ts";

/** What every error of this module takes. */
export interface ErrorDetails {
  /** For programs; see the `code` of the class. */
  code?: string | undefined;
  /** The job to continue with. */
  jobId?: string | undefined;
  /** What caused it. */
  cause?: unknown;
}

/**
 * The base class of all errors of this module. For invalid arguments you get a
 * `TypeError` or a `RangeError` instead, as everywhere on the web platform.
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
  /** For programs: the API's own code if there is one, otherwise ours. */
  readonly code: string;
  /** The job to continue with, if there is one: nothing that was answered is lost. */
  readonly jobId: string | undefined;

  /**
   * Makes an error.
   *
   * @param message For people: the value, the place and the rule it breaks.
   * @param details The code, the job and the cause.
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = details.code ?? "error";
    this.jobId = details.jobId;
  }
}

/** What an HTTP response without a 2xx status says. */
export interface APIErrorDetails extends ErrorDetails {
  /** The HTTP status. */
  status: number;
  /** The response's headers. */
  headers: Headers;
  /** The response's `error`, if it has one. */
  error?: Partial<APIErrorBody> | undefined;
  /** See {@linkcode APIError.ambiguous}. */
  ambiguous?: boolean | undefined;
}

/** The API responded, but not with a 2xx. `code` is the API's, or `http_<status>` if it has none. */
export class APIError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "APIError";
  /** The HTTP status. */
  readonly status: number;
  /** The API's kind of error, such as "invalid_request_error". */
  readonly type: string | undefined;
  /** The parameter the API complains about. */
  readonly param: string | undefined;
  /** `x-request-id`, for OpenAI's support. */
  readonly requestId: string | undefined;
  /** The response's headers. */
  readonly headers: Headers;
  /** True if a `POST /batches` may have taken effect anyway (408, 409, 5xx). It is never blindly retried. */
  readonly ambiguous: boolean;

  /**
   * Makes the error of a response.
   *
   * @param message The status and what the API says.
   * @param details The response's parts.
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
 * There was no response, or it couldn't be read. The message names the address
 * and the cause. `code` is "unreachable" (no connection, so nothing was sent),
 * "connection" (it broke), "timeout", "unreadable" (the answer to another call, an
 * HTML page, half an answer), "redirect" (redirects aren't followed) or
 * "permission" (the runtime forbids the network: Deno without `--allow-net`). The
 * last two are thrown at once. The others are thrown after an hour, or after a
 * minute if nothing was ever reached.
 */
export class ConnectionError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "ConnectionError";
  /** True if a `POST /batches` may have taken effect. It is never blindly retried. */
  readonly ambiguous: boolean;

  /**
   * Makes the error of a call that got no response.
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

/** At OpenAI, this job's name belongs to different input. Nothing of this part was sent. */
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

/** You are out of credit. What was answered has been handed out. Once you have credit, run the job again to continue. */
export class QuotaError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "QuotaError";
}

/** OpenAI has nothing of this job. */
export class JobNotFoundError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "JobNotFoundError";
}

/** The input never arrived completely. What was uploaded has been answered and handed out. Run it again with the same job and input. */
export class JobIncompleteError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "JobIncompleteError";
}

/** The job's files are gone (after 30 days, or `cleanup`). Nothing is sent again under this name. */
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

/** Notes on an error which job it ended, so that you can continue the job. */
export function withJob(error: unknown, jobId: string): unknown {
  if (error instanceof OpenAIBatchError && error.jobId === undefined) {
    (error as { jobId: string | undefined }).jobId = jobId;
  }
  return error;
}
