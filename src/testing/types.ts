/**
 * What a test passes to the simulator, and what it gets back.
 *
 * @module
 */

import type { Batch, FileObject } from "../types/batch.ts";
import type { Clock, Fetch, MaybePromise, Open } from "../types/platform.ts";

/** A request as the simulator runs it. */
export interface SimulatedRequest {
  /** The id of the request line; "" where a synchronous endpoint was called. */
  custom_id: string;
  /** The endpoint. */
  url: Open<"/v1/chat/completions" | "/v1/responses" | "/v1/embeddings">;
  /** The endpoint's parameters. `any` on purpose: a test knows what it sent. */
  // deno-lint-ignore no-explicit-any
  body: any;
  /** The last user message, prompt or input. Several inputs are joined with line feeds. */
  text: string;
  /** 1, 2, …: how many times this id has been sent. Synchronous calls are counted by their body. */
  attempt: number;
  /** The request's model; "" without one. */
  model: string;
}

/**
 * What a test may answer. A string becomes a complete body of the endpoint with
 * usage (about four characters per token); numbers become an embedding;
 * `{ status, body }` is an HTTP response, which goes to the error file unless it is
 * a 2xx; `{ error }` is a request that never ran; any other object is the body.
 *
 * `{ lines }` imitates compatible servers: the lines of the result file, word for
 * word, with `id` and `custom_id` added if missing. They go to the output file if
 * one of them is a 2xx, which is billed once. A synchronous call gets the answer of
 * the last line that has one.
 */
export type SimulatedAnswer =
  | string
  | readonly number[]
  | { status: number; body: unknown }
  | { error: "batch_expired" | "request_timeout" }
  | { lines: readonly object[] }
  | object;

/**
 * Answers a request. It must not wait on the simulator's clock, which stands still
 * meanwhile. If it throws, so does the call that needed the answer.
 *
 * @param request The request.
 * @returns The answer.
 */
export type Respond = (
  request: SimulatedRequest,
) => MaybePromise<SimulatedAnswer>;

/**
 * What goes wrong: kinds of faults, each with a share from 0 to 1.
 *
 * Of HTTP calls: of all of them, or of one, named as in the official SDK
 * (`"batches.create:reset_after"`, `"files.content:truncated"`):
 *
 * - `"400"` to `"599"`: that status with an error body and no effect. 429 and
 *   503 carry `Retry-After` in seconds or as a date, or `retry-after-ms`.
 * - `insufficient_quota`: 429 with that code and no `Retry-After`.
 * - `html`: a 502 with an HTML page and no effect.
 * - `reset_before`, `reset_after`: a `TypeError`, as for a broken connection, before
 *   or after the call took effect.
 * - `hang`, `hang_after`: no response until the signal is aborted, without or with
 *   the effect.
 * - `truncated`: the call takes effect, and its 2xx body stops halfway with a
 *   `TypeError`.
 *
 * A call suffers at most one fault, the first that would strike it.
 *
 * Of batches:
 *
 * - `expired`: the batch expires after 24 hours, partly answered.
 * - `late_files`: `completed` without file ids, which appear 1 to 8 minutes later.
 * - `missing_lines`: some answers are counted but are in no file.
 * - `empty_error_file`: nothing failed, yet there is an empty error file.
 * - `internal_error`, `billing_hard_limit_reached`: the whole batch fails with that
 *   code before any request has run.
 * - `named_lines`: a share of requests, by their ids: a batch that has one is
 *   refused as a whole, and names its line. Where the queue is full too, the seed
 *   says which of the two it is told.
 * - `string_bodies`: the body of each line is JSON inside a string, as llama-stack
 *   writes it.
 * - `errors_first`: some answers come after an error line of the same request.
 * - `lost_ids`: the lines have no `custom_id`.
 *
 * Of flex calls:
 *
 * - `resource_unavailable`: 429, because there is no room.
 *
 * Of background responses:
 *
 * - `stays_queued`: it never runs.
 * - `never_ends`: it runs forever; when cancelled, it has used tokens.
 * - `ignores_cancel`: a cancel doesn't change it.
 */
export interface Faults {
  /** The share of calls, batches or responses. */
  [kind: string]: number;
}

/** What the simulated organization may do. */
export interface Limits {
  /** Requests per file. Embeddings count by their inputs. @default 50_000 */
  requestsPerFile?: number | undefined;
  /** Bytes per input file. @default 200_000_000 */
  bytesPerFile?: number | undefined;
  /** Input tokens of unfinished batches, per model. @default none */
  enqueuedTokens?: number | undefined;
  /** Counts the input tokens of a text for that. @default one for every four characters begun */
  countTokens?: ((text: string) => number) | undefined;
  /** Batches created per hour. @default 2_000 */
  batchesPerHour?: number | undefined;
  /** Calls of the synchronous endpoints per minute and model, reported in `x-ratelimit-*` headers. @default none, and no such headers */
  requestsPerMinute?: number | undefined;
  /** Their tokens per minute and model: those of the prompt, or the output limit if that is more; reported the same way. @default none */
  tokensPerMinute?: number | undefined;
}

/** A call as the ledger keeps it. */
export interface SimulatedCall {
  /** "GET", "POST" or "DELETE". */
  method: string;
  /** The path, without host and query. */
  path: string;
  /** The response's status; 0 without one: after a reset, a hang or an abort, or while the call is running. */
  status: number;
}

/** A background response as the ledger keeps it. */
export interface SimulatedResponse {
  /** `resp_…` */
  id: string;
  /** When it was accepted, ms since the epoch. */
  createdAt: number;
  /** The request's body. */
  // deno-lint-ignore no-explicit-any
  body: any;
  /** "queued", "in_progress", "completed", "failed", "cancelled" or "incomplete". */
  status: string;
  /** Whether it has used tokens, and so is paid. */
  isBilled: boolean;
  /** Whether it was deleted. */
  isDeleted: boolean;
}

/** What happened, for assertions. It is the state as of the last call: calls and webhooks move it. */
export interface Ledger {
  /** Every file there is now, oldest first. */
  readonly files: FileObject[];
  /** Every batch there ever was, oldest first. */
  readonly batches: Batch[];
  /** Every background response there ever was, the oldest first. */
  readonly responses: SimulatedResponse[];
  /**
   * Every request that ran, once per attempt, in order. Each access parses them from
   * their files again, so that a million of them cost little to keep: hold on to the
   * list.
   */
  readonly requests: SimulatedRequest[];
  /** Every HTTP call, in the order they began. */
  readonly calls: SimulatedCall[];
  /**
   * How many times a request of a batch was answered with a 2xx, and so billed.
   *
   * @param id The request line's `custom_id`.
   */
  answered(id: string): number;
}

/** A clock that a test can move. */
export interface SimulatorClock extends Clock {
  /**
   * Waits until `ms` milliseconds have passed on this clock. On a virtual clock, that
   * is at once.
   *
   * @param ms Milliseconds.
   */
  advance(ms: number): Promise<void>;
}

/** What {@linkcode createSimulator} takes. */
export interface SimulatorOptions {
  /** Decides everything left to chance: the same seed and the same calls give the same run. @default 1 */
  seed?: number | undefined;
  /** Tells the time and waits. @default a new VirtualClock */
  clock?: Clock | undefined;
  /** Answers the requests. @default an instance of the request's JSON Schema if it has one, the sum for "1 + 3 = ", an echo for anything else */
  respond?: Respond | undefined;
  /** What the simulated organization may do. */
  limits?: Limits | undefined;
  /** What goes wrong. @default nothing */
  faults?: Faults | undefined;
  /** The secret that signs webhooks: "whsec_" and base64. @default a fixed one */
  webhookSecret?: string | undefined;
}

/** The whole Files and Batches API, and the synchronous endpoints, behind one `fetch`. */
export interface Simulator {
  /** Answers like the API. Any base URL will do: only the end of the path matters. */
  fetch: Fetch;
  /** The clock that batches run on. */
  clock: SimulatorClock;
  /** What a client needs: `new OpenAIBatch(sim.options)`. */
  options: { apiKey: string; baseURL: string; fetch: Fetch; clock: Clock };
  /** What happened. */
  ledger: Ledger;
  /**
   * Hands every delivery for a batch or a background response that ended to `handler`, signed, at the
   * moment of the clock at which it ended. What the handler returns is not
   * looked at; deliveries are not repeated.
   *
   * @param handler Called with a request as OpenAI would send it.
   */
  onWebhook(handler: (request: Request) => unknown): void;
  /** The secret that deliveries are signed with. */
  webhookSecret: string;
}
