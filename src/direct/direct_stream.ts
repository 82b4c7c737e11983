/**
 * The results of direct calls, and what can be done about what runs.
 *
 * @module
 */

import type { ResultStream } from "../results/run.ts";
import { BlockStream, type StreamSource } from "../results/stream.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import type { Windows } from "./window/windows.ts";

/**
 * The results of `direct` as they come.
 *
 * @typeParam E The endpoint that is asked.
 * @typeParam T The type of `parsed`.
 */
export interface DirectStream<E extends Endpoint = Chat, T = unknown>
  extends ResultStream<E, T, number> {
  /**
   * Creates in the lanes "8h" and "2h" that were not answered: a response may
   * run, and be billed, of which nobody knows the id. Each was an attempt.
   */
  readonly possiblyPaid: number;
  /**
   * Ends the asking for good. Whoever reads on gets one result for each
   * request: answers that came, and failures with the code "cancelled". In the
   * lanes "8h" and "2h" the responses that run are cancelled, and of a named
   * job also those of an earlier process, without reading it; run again, it
   * creates nothing any more. Calls that run in other lanes are answered.
   *
   * @throws {ConnectionError} If the API can't be reached.
   */
  cancel(): Promise<void>;
  /**
   * Deletes what the lanes "8h" and "2h" have stored at OpenAI: the responses
   * with their prompts, and of a named job the files with their ids. Of a job
   * that has a name, any process can do that, without reading the results. In
   * other lanes there is nothing to delete.
   *
   * @throws {JobIncompleteError} If responses run that this stream waits for.
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

/** Where such a stream comes from. */
export interface CancellableSource<E extends Endpoint, T>
  extends StreamSource<E, T, number> {
  /** What runs in the background, where the lane is a window. */
  windows: Windows | undefined;
  /** Ends the asking. */
  cancelling: AbortController;
}

/**
 * A stream over direct calls.
 *
 * @typeParam E The endpoint that is asked.
 * @typeParam T The type of `parsed`.
 */
export class CancellableStream<E extends Endpoint, T>
  extends BlockStream<E, T, number>
  implements DirectStream<E, T> {
  readonly #windows: Windows | undefined;
  readonly #cancelling: AbortController;

  /** @param source Where the results come from. */
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
