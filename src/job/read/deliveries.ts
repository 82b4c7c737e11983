/**
 * Hands out results: each once, to one reader at a time.
 *
 * @module
 */

import { JobExpiredError, OpenAIBatchError } from "../../errors.ts";
import type { AnyResult } from "../../results/result.ts";
import { PartAnswers } from "./part_answers.ts";
import type { InputState } from "../state/input_state.ts";
import type { Part } from "../state/part.ts";
import type { Parts } from "../state/parts.ts";
import { answersOf, type Reader } from "./reader.ts";
import type { StopReason } from "../look/stop_reason.ts";

/** One way through all results, from the first one on. */
export interface Delivery {
  /** How many of the requests that fit in no part were handed out. */
  refused: number;
}

/** The deliveries of one job: one at a time. */
export class Deliveries {
  readonly #parts: Parts;
  readonly #reader: Reader;
  readonly #stopReason: StopReason;
  readonly #input: InputState | undefined;
  #current: Delivery | undefined;

  constructor(
    parts: Parts,
    reader: Reader,
    stopReason: StopReason,
    input: InputState | undefined,
  ) {
    this.#parts = parts;
    this.#reader = reader;
    this.#stopReason = stopReason;
    this.#input = input;
  }

  /** Whether results are handed out as they are read: no one else may read them then. */
  get isOpen(): boolean {
    return this.#current !== undefined;
  }

  /** Begins. What another delivery had begun, it takes over. */
  start(): Delivery {
    for (const part of this.#parts.leaves) {
      part.reading = new PartAnswers();
      part.settled = undefined; // the counts may promise what no file has
      part.gone = undefined;
    }
    this.#reader.startUsage();
    this.#stopReason.tryAgain();
    return this.#current = { refused: 0 };
  }

  /** Ends: from now on answers are only looked at. */
  end(delivery: Delivery): void {
    if (this.#current === delivery) this.#current = undefined;
  }

  /** @returns Whether it has handed out every result. */
  isComplete({ refused }: Delivery): boolean {
    const { ended = true, refused: all = [] } = this.#input ?? {};
    return ended && refused === all.length &&
      this.#parts.leaves.every(({ reading }) => reading.done);
  }

  /**
   * Reads what can be read now.
   *
   * @param delivery Whose results: those it was not given before.
   * @returns Results that were not handed out before, block by block.
   * @throws {ConnectionError} If a download broke off; it may be called again.
   * @throws {QuotaError} If the credit is used up and everything else was read.
   * @throws {JobIncompleteError} If the input never arrived whole and everything else was read.
   * @throws {JobExpiredError} If a file is gone and everything else was read.
   * @throws {OpenAIBatchError} If another delivery was started: `code` is "taken_over".
   */
  async *results(delivery: Delivery): AsyncGenerator<AnyResult[]> {
    const refused = this.#input?.refused ?? [];
    if (delivery.refused < refused.length) {
      const results = refused.slice(delivery.refused);
      delivery.refused = refused.length;
      yield results;
    }
    for (const part of this.#parts.leaves) {
      this.#check(delivery);
      // If we don't know its ids yet, it may belong to different input.
      if (part.reading.done || (this.#input && !part.ids)) continue;
      if (!this.#reader.isIdle(part)) yield* this.#deliver(part);
    }
    this.#check(delivery);
    this.#stopReason.check();
  }

  /** A part of which something is gone leaves the others to be read. */
  async *#deliver(part: Part): AsyncGenerator<AnyResult[]> {
    if (part.gone) return;
    try {
      yield* this.#reader.read(part, answersOf(part));
    } catch (error) {
      if (!(error instanceof JobExpiredError)) throw error;
    }
  }

  #check(delivery: Delivery): void {
    if (this.#current === delivery) return;
    throw new OpenAIBatchError(
      "Another call has started to read the results of this job: read them once at a time",
      { code: "taken_over" },
    );
  }
}
