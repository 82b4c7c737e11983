/**
 * The simulated batches, moved on by the clock.
 *
 * @module
 */

import type { Batch } from "../types/batch.ts";
import { type BatchContext, SimulatedBatch } from "./_batch.ts";
import { checkBatchParams } from "./_batch_params.ts";
import { HttpError } from "./_http_error.ts";
import { pageOf, type WirePage } from "./_pages.ts";
import type { Random } from "./_random.ts";

const HOUR = 3_600_000;
const PAGE = { default: 20, max: 100 };

/** What batches share, and how many may be created. */
export interface BatchStoreContext extends Omit<BatchContext, "enqueued"> {
  batchesPerHour: number;
}

/** Batches by id, the oldest first. */
export class BatchStore {
  #batches = new Map<string, SimulatedBatch>();
  #active = new Set<SimulatedBatch>();
  /** When the batches of the last hour were created. */
  #recent: number[] = [];
  readonly #context: BatchStoreContext;
  readonly #random: Random;

  constructor(context: BatchStoreContext, random: Random) {
    this.#context = context;
    this.#random = random;
  }

  /**
   * Creates a batch.
   *
   * @throws {HttpError} If the API would refuse it.
   */
  create(body: Record<string, unknown>, now: number): SimulatedBatch {
    const params = checkBatchParams(body);
    this.#countCreation(now);
    const batch = new SimulatedBatch(
      params,
      now,
      this.#random.fork(this.#batches.size),
      { ...this.#context, enqueued: (model) => this.#enqueued(model) },
    );
    this.#batches.set(batch.wire.id, batch);
    this.#active.add(batch);
    return batch;
  }

  /**
   * The batch.
   *
   * @throws {HttpError} 404
   */
  get(id: string): SimulatedBatch {
    const batch = this.#batches.get(id);
    if (batch !== undefined) return batch;
    throw new HttpError(404, `No batch found with id '${id}'.`);
  }

  /** One page of the batches, newest first. */
  list(query: URLSearchParams): WirePage<Batch> {
    return pageOf(this.all().reverse(), query, PAGE);
  }

  /** Every batch there ever was, the oldest first. */
  all(): Batch[] {
    return [...this.#batches.values()].map(({ wire }) => wire);
  }

  /** Those to which something will happen. */
  active(): SimulatedBatch[] {
    return [...this.#active];
  }

  /** Lets happen everything up to `now`, in order of time. */
  async advance(now: number): Promise<void> {
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.due > now) break;
      await next.step();
      if (next.due === Infinity) this.#active.delete(next);
    }
    for (const batch of this.#active) {
      if (batch.answersAt <= now) await batch.answerUntil(now);
    }
  }

  #next(): SimulatedBatch | undefined {
    let next: SimulatedBatch | undefined;
    for (const batch of this.#active) {
      if (batch.due < (next?.due ?? Infinity)) next = batch;
    }
    return next;
  }

  #enqueued(model: string): number {
    return this.active()
      .filter((batch) => batch.wire.model === model)
      .reduce((sum, batch) => sum + batch.tokens, 0);
  }

  #countCreation(now: number): void {
    this.#recent = this.#recent.filter((time) => time > now - HOUR);
    if (this.#recent.length >= this.#context.batchesPerHour) {
      const wait = Math.ceil(((this.#recent[0] ?? now) + HOUR - now) / 1000);
      throw new HttpError(429, "Too many batches were created in this hour.", {
        type: "requests",
        code: "rate_limit_exceeded",
        headers: { "retry-after": `${wait}` },
      });
    }
    this.#recent.push(now);
  }
}
