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
 * - `batch_expired`, `batch_cancelled`, `request_timeout`, `missing`: it was
 *   asked `maxAttempts` times, and the last batch said this, or nothing.
 * - `invalid_output`, `refusal`: it was answered and paid, but does not satisfy
 *   the schema, or the model declined.
 * - `response_queued`: it was asked with `background: true`, and goes on at
 *   OpenAI; the message names its id. `response_cancelled`: it was ended there.
 * - `unreadable_results`: the batch has as many answers as requests, but not
 *   one under the id of a request.
 * - `answer_too_large`: its answer is longer than a line may be (128 MB).
 * - `deadline`, `cancelled`: the job was ended before there was an answer.
 * - `too_large`: larger than `maxBytes`, never sent.
 * - `insufficient_quota`: the credit is used up. A job throws a `QuotaError`
 *   instead of handing it out.
 * - `token_limit_exceeded`: a single request that never fits into the queue.
 * - `input_unavailable`: the server does not give back the input file that it
 *   would have to be asked again from.
 *
 * Errors of the API keep their own code, such as "context_length_exceeded" or
 * the "model_not_found" of a batch that failed its validation. Where one has no
 * code, its type stands for it, else its number, else `http_<status>`, else
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
  /** For people; the API's own words where it has any. */
  message: string;
  /** The HTTP status of the request; where it had none, or a 2xx, the one that the error itself names. */
  status?: number;
  /** The API's kind of error. */
  type?: string;
  /** The parameter that the API names. */
  param?: string;
  /** What is wrong with the output, with the code "invalid_output". */
  issues?: readonly Issue[];
  /** What the schema or `parse` threw, with the code "invalid_output". */
  cause?: unknown;
}

/**
 * What every result has.
 *
 * @typeParam E The endpoint that was asked.
 */
export interface ResultBase {
  /** The request's id. */
  id: string;
  /** Its position in the input; undefined where the input was not seen. */
  index: number | undefined;
  /** How often it was asked; 0 if it never was. */
  attempts: number;
  /** How it was asked. */
  via: "batch" | "direct";
  /** What it is priced as: a batch's is "batch"; otherwise that of the window it was asked in, or of the tier that the answer names. */
  lane: Lane;
  /** The batch that it was in. */
  batchId: string | undefined;
  /** OpenAI's id of the request, for its support. */
  requestId: string | undefined;
  /** The model that answered, often a dated snapshot. */
  model: string | undefined;
  /** Tokens of this attempt. What all attempts cost is in the run's usage. */
  usage: Usage | undefined;
}

/**
 * An answer.
 *
 * @typeParam E The endpoint that answered.
 * @typeParam T The type of `parsed`.
 */
export interface Success<out E extends Endpoint = Chat, out T = unknown>
  extends ResultBase {
  /** Tells the two kinds of result apart. */
  ok: true;
  /** The first, mostly the only, text, embedding, moderation or image; "" where the model only called tools. */
  output: OutputOf<E>;
  /** All of them: n > 1, several inputs. `outputs[0] === output`. */
  outputs: OutputOf<E>[];
  /** The schema's value; undefined where there is no schema. */
  parsed: T;
  /** The response as the endpoint gave it. */
  body: ResponseOf<E>;
  /** "stop", "length", "tool_calls", …: was it cut off? */
  finishReason:
    | Open<"stop" | "length" | "tool_calls" | "content_filter">
    | undefined;
  /** There is none. */
  error?: undefined;
}

/**
 * No answer, for good.
 *
 * @typeParam E The endpoint that was asked.
 */
export interface Failure<out E extends Endpoint = Chat> extends ResultBase {
  /** Tells the two kinds of result apart. */
  ok: false;
  /** Why. */
  error: ResultError;
  /** The text, where there was one that is no answer ("refusal", "invalid_output"). */
  output?: OutputOf<E>;
  /** What the server sent: a response that is no answer ("refusal", "invalid_output"), or its words about an error, which may be of any shape. */
  body?: ResponseOf<E>;
  /** There is none. */
  parsed?: undefined;
}

/**
 * A success or a failure; `ok` tells which. `T` is unknown by default, so that
 * `save(result: Result)` takes any.
 *
 * @typeParam E The endpoint that was asked.
 * @typeParam T The type of `parsed`.
 */
export type Result<E extends Endpoint = Chat, T = unknown> =
  | Success<E, T>
  | Failure<E>;

/** A result in code that serves every endpoint at once and can't name their types. */
// deno-lint-ignore no-explicit-any
export type AnyResult = Result<any, any>;
