/**
 * The batches endpoint, with the names of the official SDK.
 *
 * @module
 */

import type { Batch, BatchCreateParams } from "../types/batch.ts";
import { listOn } from "./list.ts";
import type { PagePromise } from "./page.ts";
import { BATCH, listOf } from "./shape.ts";
import { type CallOptions, pathOf, type Transport } from "./transport.ts";

/** Query parameters of a list of batches. */
export interface BatchListParams {
  /** Batches per page, 1 to 100. @default 20 */
  limit?: number;
  /** Continue after this id. */
  after?: string;
}

const BATCHES = listOf("a list of batches", BATCH);

/** Batches at OpenAI: `client.batches`. */
export class Batches {
  readonly #transport: Transport;

  /**
   * Opens the endpoint.
   *
   * @param transport Makes the calls.
   */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Creates a batch. There is no idempotency key: the call is only retried after a
   * 429, and an error with `ambiguous: true` means that a batch may be running.
   *
   * @param params The input file, the endpoint and the window.
   * @param options Options of this call.
   * @returns The batch, `validating`: problems with the file show up later.
   * @throws {APIError} If the API refuses it.
   * @throws {ConnectionError} If there is no readable response.
   */
  create(params: BatchCreateParams, options?: CallOptions): Promise<Batch> {
    return this.#transport.json({
      method: "POST",
      path: "/batches",
      body: { ...params, ...options?.body },
      repeat: "if_refused",
      options,
    }, BATCH);
  }

  /**
   * Retrieves a batch.
   *
   * @param id The batch's id.
   * @param options Options of this call.
   * @returns The batch in its current state.
   * @throws {APIError} With status 404 if there is no such batch.
   */
  async retrieve(id: string, options?: CallOptions): Promise<Batch> {
    const path = pathOf("batches", id);
    return await this.#transport.json({ method: "GET", path, options }, BATCH);
  }

  /**
   * Lists batches.
   *
   * @param query Which batches. The newest come first.
   * @param options Options of this call.
   * @returns The first page when awaited; every batch when iterated.
   */
  list(query?: BatchListParams, options?: CallOptions): PagePromise<Batch> {
    return listOn(this.#transport, {
      path: "/batches",
      shape: BATCHES,
      query,
      options,
      missing: "jobs need the list of batches. Direct and estimate work " +
        "without it",
    });
  }

  /**
   * Cancels a batch. What it has answered by then is paid for and can be read.
   *
   * @param id The batch's id.
   * @param options Options of this call.
   * @returns The batch, `cancelling` for up to ten minutes.
   * @throws {APIError} With status 409 if it has already ended; that is not retried.
   */
  async cancel(id: string, options?: CallOptions): Promise<Batch> {
    return await this.#transport.json({
      method: "POST",
      path: pathOf("batches", id, "cancel"),
      body: options?.body,
      repeat: "unless_conflict",
      options,
    }, BATCH);
  }
}
