/**
 * Counts a job's requests, for its status and for whoever watches.
 *
 * @module
 */

import type { ProgressEvent } from "../progress/mod.ts";
import type { Outbox } from "./outbox.ts";
import type { Parts } from "./parts.ts";
import type { JobStatus } from "../progress/status.ts";

/** The numbers of one job. */
export class Tally {
  /** Gets every change of the three phases; undefined if nobody watches. */
  onProgress: ((event: ProgressEvent) => void) | undefined;
  readonly #parts: Parts;
  readonly #outbox: Outbox | undefined;

  /**
   * @param parts What is known of the job's parts.
   * @param outbox Its input, if that is here.
   */
  constructor(parts: Parts, outbox: Outbox | undefined) {
    this.#parts = parts;
    this.#outbox = outbox;
  }

  /** Requests by outcome. */
  get requests(): JobStatus["requests"] {
    const counts = this.#parts.asked.map((part) => part.counts);
    const refused = this.#outbox?.refused.length ?? 0;
    const succeeded = sum(counts.map((count) => count.succeeded));
    const failed = sum(counts.map((count) => count.failed)) + refused;
    // What an earlier process sent is answered before the input is read again.
    const known = Math.max(this.#outbox?.prepared ?? 0, succeeded + failed);
    const total = this.#total ?? known;
    return { total, succeeded, failed, open: total - succeeded - failed };
  }

  /** Parts, and those that are through. */
  get parts(): JobStatus["parts"] {
    const { asked } = this.#parts;
    const through = asked.filter((part) => part.settled || part.reading.done);
    return { total: asked.length, done: through.length };
  }

  /** A request was read from the input. */
  reportPreparing(): void {
    this.#report("Preparing", this.#outbox?.prepared ?? 0);
  }

  /** A step has ended: each phase may have got on, and the input's end tells their totals. */
  report(): void {
    if (!this.onProgress) return; // to count all parts costs time
    if (this.#outbox?.prepared) this.reportPreparing();
    this.#reportSending();
    this.reportProcessing();
  }

  #reportSending(): void {
    const sent = this.#parts.asked.filter(({ batches }) => batches.length > 0);
    this.#report("Sending", sum(sent.map(({ lines }) => lines)));
  }

  /** Batches were looked at, or read. */
  reportProcessing(): void {
    if (!this.onProgress) return;
    const counts = this.#parts.asked.map((part) => part.counts);
    if (counts.length === 0) return;
    const done = counts.map(({ succeeded, failed }) => succeeded + failed);
    this.#report("Processing", sum(done));
  }

  #report(phase: ProgressEvent["phase"], done: number): void {
    const all = this.#total;
    const outside = phase === "Preparing"
      ? 0
      : this.#outbox?.refused.length ?? 0;
    const total = all === undefined ? undefined : all - outside;
    this.onProgress?.({ phase, done, total });
  }

  /** How many requests there are; undefined while that is not known. */
  get #total(): number | undefined {
    if (this.#outbox) return this.#outbox.total;
    return sum(this.#parts.asked.map(({ lines }) => lines));
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
