/**
 * The results of direct calls, and how to end or delete what is running.
 *
 * @module
 */

import type { ResultStream } from "../results/run.ts";
import { BlockStream, type StreamSource } from "../results/stream.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import type { Windows } from "./window/windows.ts";

/**
 * The results of `direct` as they arrive.
 *
 * @typeParam E The endpoint.
 * @typeParam T The type of `parsed`.
 */
export interface DirectStream<E extends Endpoint = Chat, T = unknown>
  extends ResultStream<E, T, number> {
  /**
   * How many creates in the lanes "8h" and "2h" got no response: something may be
   * running, and be billed, under an unknown id. Each counted as an attempt.
   */
  readonly possiblyPaid: number;
  /**
   * Stops sending for good. If you keep reading, you get one result for each
   * request: the answers so far, and failures with the code "cancelled". In the
   * lanes "8h" and "2h", running responses are cancelled; for a named job also those
   * of an earlier process, without reading the stream. Run again, such a job creates
   * nothing more. Calls running in other lanes are answered.
   *
   * @throws {ConnectionError} If the API can't be reached.
   */
  cancel(): Promise<void>;
  /**
   * Deletes what the lanes "8h" and "2h" have stored at OpenAI: the responses with
   * their prompts, and for a named job the files with their ids. For a named job, any
   * process can do that without reading the results. In other lanes there is nothing
   * to delete.
   *
   * @throws {JobIncompleteError} If this stream is waiting for running responses.
   * @throws {ConnectionError} If the API can't be reached.
   *
   * @example
   * ```ts
   * import { OpenAIBatch } from "@offpeak/openai-batch";
   * import { createSimulator } from "@offpeak/openai-batch/testing";
   *
   * const client = new OpenAIBatch(createSimulator().options);
   * const stream = client.direct(["1 + 1 ="], {
   *   endpoint: "/v1/responses",
   *   lane: "8h",
   *   params: { model: "gpt-5" },
   * });
   * console.log((await stream.collect()).values());
   * await stream.cleanup();
   * ```
   */
  cleanup(): Promise<void>;
}

/** The source of such a stream. */
export interface CancellableSource<E extends Endpoint, T>
  extends StreamSource<E, T, number> {
  /** What runs in the background, where the lane is a window. */
  windows: Windows | undefined;
  /** Ends the asking. */
  cancelling: AbortController;
}

/** A stream over direct calls. */
export class CancellableStream<E extends Endpoint, T>
  extends BlockStream<E, T, number>
  implements DirectStream<E, T> {
  readonly #windows: Windows | undefined;
  readonly #cancelling: AbortController;

  constructor(source: CancellableSource<E, T>) {
    super(source);
    this.#windows = source.windows;
    this.#cancelling = source.cancelling;
  }

  /** Creates that may have taken effect unseen. */
  get possiblyPaid(): number {
    return this.#windows?.possiblyPaid ?? 0;
  }

  /** Ends the asking for good. */
  async cancel(): Promise<void> {
    this.#cancelling.abort();
    await this.#windows?.cancel();
  }

  /** Deletes what is stored at OpenAI. */
  async cleanup(): Promise<void> {
    await this.#windows?.cleanup();
  }
}
