/**
 * The lines of the three JSONL files: input, output and error file.
 *
 * @module
 */

import type { BodyOf, Chat, Endpoint, ResponseOf } from "./endpoints.ts";
import type { Open } from "./platform.ts";

/**
 * A line as in an input file. Sent as it is: the job's `params` do not reach
 * it.
 *
 * @typeParam E The endpoint that its body is for.
 */
export interface RequestLine<E extends Endpoint = Chat> {
  /** The request's id, unique in its file. */
  custom_id: string;
  /** Always "POST". */
  method: Open<"POST">;
  /** The endpoint, the same on every line of a file. */
  url: Open<E>;
  /** The endpoint's own parameters. */
  body: BodyOf<E>;
  /** Not of this form. */
  id?: never;
  /** Not of this form. */
  role?: never;
  /** Not of this form. */
  content?: never;
  /** Not of this form. */
  params?: never;
}

/** What an API says about an error. */
export interface APIErrorBody {
  /** For people. */
  message: string;
  /** "invalid_request_error", "insufficient_quota", … */
  type?: string;
  /** The parameter that is wrong. */
  param?: string | null;
  /** For programs. */
  code?: string | null;
}

/**
 * A line of an output or an error file. Three shapes: answered (`response`
 * with a body), refused (`response` with a status and an error body), never
 * run (`response` null, `error` filled).
 *
 * @typeParam E The endpoint that answered.
 */
export interface OutputLine<E extends Endpoint = Chat> {
  /** `batch_req_…` */
  id: string;
  /** The id of the request line. */
  custom_id: string;
  /** The HTTP answer; null where the request never ran. */
  response: {
    status_code: number;
    request_id: string;
    body: ResponseOf<E> | { error: APIErrorBody };
  } | null;
  /** Why it never ran: "batch_expired", "batch_cancelled", "request_timeout"; null otherwise. */
  error: { code: string; message: string } | null;
}
