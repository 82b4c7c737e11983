/**
 * The one answer to one request: a success or a final failure.
 *
 * @module
 */

import type { Lane } from "../pricing/mod.ts";
import type { Usage } from "../types/batch.ts";
import type {
  Chat,
  Endpoint,
  OutputOf,
  ResponseOf,
} from "../types/endpoints.ts";
import type { Open } from "../types/platform.ts";
import type { Issue } from "../types/standard_schema.ts";

/**
 * Why there is no answer:
 *
 * - `batch_expired`, `batch_cancelled`, `request_timeout`, `missing`: the request
 *   was tried `maxAttempts` times, and the last batch said this, or nothing.
 * - `invalid_output`, `refusal`: it was answered and paid for, but the answer
 *   doesn't satisfy the schema, or the model declined.
 * - `response_queued`: it was sent with `background: true`, and is still running at
 *   OpenAI; the message has its id. In the lanes "8h" and "2h": it was late, and
 *   could not be cancelled unpaid. `response_cancelled`: it was cancelled there.
 * - `unreadable_results`: the batch has as many answers as requests, but none has
 *   the id of a request.
 * - `answer_too_large`: the answer is longer than a line may be (128 MB).
 * - `deadline`, `cancelled`: the job ended before there was an answer.
 * - `too_large`: larger than `maxBytes`, never sent.
 * - `insufficient_quota`: you are out of credit. A job throws a `QuotaError`
 *   instead of handing out such a result.
 * - `token_limit_exceeded`: a single request that never fits into the queue.
 * - `input_unavailable`: the server doesn't return the input file that the request
 *   would have to be sent again from.
 *
 * Errors of the API keep their own code, such as "context_length_exceeded", or the
 * "model_not_found" of a batch that failed validation. If one has no code, `code`
 * is its type, otherwise its number, otherwise `http_<status>`, otherwise
 * "unknown_error".
 */
export type FailureCode = Open<
  | "batch_expired"
  | "batch_cancelled"
  | "request_timeout"
  | "missing"
  | "invalid_output"
  | "refusal"
  | "response_queued"
  | "response_cancelled"
  | "unreadable_results"
  | "answer_too_large"
  | "deadline"
  | "cancelled"
  | "insufficient_quota"
  | "too_large"
  | "token_limit_exceeded"
  | "input_unavailable"
>;

/** What went wrong with one request. */
export interface ResultError {
  /** For programs. */
  code: FailureCode;
  /** For people: the API's own words if it has any. */
  message: string;
  /** The HTTP status of the request. If it had none, or a 2xx, the status that the error itself names. */
  status?: number;
  /** The API's type of error. */
  type?: string;
  /** The parameter the API complains about. */
  param?: string;
  /** What is wrong with the output, with the code "invalid_output". */
  issues?: readonly Issue[];
  /** What the schema or `parse` threw, with the code "invalid_output". */
  cause?: unknown;
}

/**
 * What every result has.
 *
 * @typeParam I The type of `index`: a number where this process reads the input.
 */
export interface ResultBase<
  out I extends number | undefined = number | undefined,
> {
  /** The request's id. */
  id: string;
  /** Its position in the input; undefined after `attach`, which has no input. */
  index: I;
  /** How many times it was tried; 0 if it was never sent. */
  attempts: number;
  /** How it was sent. */
  via: "batch" | "direct";
  /** The lane it is priced by: "batch" for a batch; otherwise the window it was sent in, or the tier that the answer names. */
  lane: Lane;
  /** The batch that it was in. */
  batchId: string | undefined;
  /** OpenAI's id of the request, for their support. */
  requestId: string | undefined;
  /** The model that answered, often a dated snapshot. */
  model: string | undefined;
  /** The tokens of this attempt. The run's usage has those of all attempts. */
  usage: Usage | undefined;
}

/**
 * An answer.
 *
 * @typeParam E The endpoint.
 * @typeParam T The type of `parsed`.
 * @typeParam I The type of `index`: a number where this process reads the input.
 */
export interface Success<
  out E extends Endpoint = Chat,
  out T = unknown,
  out I extends number | undefined = number | undefined,
> extends ResultBase<I> {
  /** Tells the two kinds of result apart. */
  ok: true;
  /** The first, usually the only, text, embedding, moderation or image; "" if the model only called tools. */
  output: OutputOf<E>;
  /** All outputs, with n > 1 or several inputs. `outputs[0] === output`. */
  outputs: OutputOf<E>[];
  /** The schema's value; undefined without a schema. */
  parsed: T;
  /** The endpoint's response, unchanged. */
  body: ResponseOf<E>;
  /** Why it ended: "stop", "tool_calls", or "length" if it was cut off. */
  finishReason:
    | Open<"stop" | "length" | "tool_calls" | "content_filter">
    | undefined;
  /** There is none. */
  error?: undefined;
}

/**
 * No answer, for good.
 *
 * @typeParam E The endpoint.
 * @typeParam I The type of `index`: a number where this process reads the input.
 */
export interface Failure<
  out E extends Endpoint = Chat,
  out I extends number | undefined = number | undefined,
> extends ResultBase<I> {
  /** Tells the two kinds of result apart. */
  ok: false;
  /** Why. */
  error: ResultError;
  /** The text, if there was one that doesn't count as an answer ("refusal", "invalid_output"). */
  output?: OutputOf<E>;
  /** What the server sent: a response that doesn't count as an answer ("refusal", "invalid_output"), or an error, in whatever shape. */
  body?: ResponseOf<E>;
  /** There is none. */
  parsed?: undefined;
  /** There is none, so that `retry: ({ finishReason }) => …` needs no check of `ok`. */
  finishReason?: undefined;
}

/**
 * A success or a failure; `ok` tells which. `T` is unknown by default, so that
 * `save(result: Result)` accepts any result.
 *
 * @typeParam E The endpoint.
 * @typeParam T The type of `parsed`.
 * @typeParam I The type of `index`: a number where this process reads the input.
 */
export type Result<
  E extends Endpoint = Chat,
  T = unknown,
  I extends number | undefined = number | undefined,
> =
  | Success<E, T, I>
  | Failure<E, I>;

/** A result in code that serves every endpoint and can't name their types. */
// deno-lint-ignore no-explicit-any
export type AnyResult = Result<any, any, any>;
