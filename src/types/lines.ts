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
 * A line of an output or an error file. Three shapes:
 *
 * - answered: `response` with a 2xx and the endpoint's body, `error` null;
 * - refused: `response` with another status and `{ error }` as its body,
 *   `error` null;
 * - never run: `response` null, `error` filled.
 *
 * The second and the third stand in the error file. Statuses other than 2xx
 * have been seen in output files too, so look at the status first. A body can
 * be a 200 and no answer: the Responses API says so in its own `status`.
 *
 * @typeParam E The endpoint that answered.
 *
 * @example
 * ```ts
 * import { type APIErrorBody, type ChatResponse, type OutputLine, parseLines } from "@offpeak/openai-batch";
 *
 * const file = new Blob([
 *   '{"id":"batch_req_1","custom_id":"a","response":{"status_code":429,"request_id":"req_1",' +
 *   '"body":{"error":{"message":"Slow down.","code":"rate_limit_exceeded"}}},"error":null}\n' +
 *   '{"id":"batch_req_2","custom_id":"b","response":null,' +
 *   '"error":{"code":"batch_expired","message":"This request could not be executed."}}\n',
 * ]);
 * for await (const { custom_id, response, error } of parseLines<OutputLine>(file)) {
 *   if (!response) {
 *     console.log(custom_id, "never ran:", error?.code);
 *   } else if (response.status_code >= 300) {
 *     const { error } = response.body as { error: APIErrorBody };
 *     console.log(custom_id, "was refused:", error.message);
 *   } else {
 *     const { choices } = response.body as ChatResponse;
 *     console.log(custom_id, "was answered:", choices[0]?.message.content);
 *   }
 * }
 * ```
 */
export interface OutputLine<E extends Endpoint = Chat> {
  /** `batch_req_…` */
  id: string;
  /** The id of the request line. */
  custom_id: string;
  /** The HTTP response; null if the request never ran. */
  response: {
    /** Of the request, not of the batch. */
    status_code: number;
    /** For OpenAI's support. Some servers leave it out. */
    request_id: string;
    /** The endpoint's body, or what it says about an error. */
    body: ResponseOf<E> | { error: APIErrorBody };
  } | null;
  /** Why it never ran: "batch_expired", "batch_cancelled", "request_timeout"; null otherwise. */
  error: { code: string; message: string } | null;
}
