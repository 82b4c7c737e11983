/**
 * Counts a job's requests, for its status and its progress.
 *
 * @module
 */

import type { ProgressEvent } from "../progress/mod.ts";
import type { InputState } from "./state/input_state.ts";
import type { Part } from "./state/part.ts";
import type { Parts } from "./state/parts.ts";
import type { JobStatus } from "../progress/job_status.ts";

/** The numbers of one job. */
export class Totals {
  /** Called with every change of the three phases; undefined without a display. */
  onProgress: ((event: ProgressEvent) => void) | undefined;
  readonly #parts: Parts;
  readonly #input: InputState | undefined;

  constructor(parts: Parts, input: InputState | undefined) {
    this.#parts = parts;
    this.#input = input;
  }

  /** Requests by outcome. */
  get requests(): JobStatus["requests"] {
    const counts = this.#parts.leaves.map((part) => part.counts);
    const refused = this.#input?.refused.length ?? 0;
    const succeeded = sum(counts.map((count) => count.succeeded));
    const failed = sum(counts.map((count) => count.failed)) + refused;
    // What an earlier process sent is answered before the input is read again.
    const known = Math.max(this.#input?.prepared ?? 0, succeeded + failed);
    const total = this.#total ?? known;
    return { total, succeeded, failed, open: total - succeeded - failed };
  }

  /** Parts, and those that are finished. */
  get parts(): JobStatus["parts"] {
    const { leaves } = this.#parts;
    return { total: leaves.length, done: leaves.filter(isThrough).length };
  }

  /** Whether all parts are. */
  get isThrough(): boolean {
    return this.#parts.leaves.every(isThrough);
  }

  /** A request was read from the input. */
  reportPreparing(): void {
    this.#report("Preparing", this.#input?.prepared ?? 0);
  }

  /** A step has ended: each phase may have advanced, and the input's end settles their totals. */
  report(): void {
    if (!this.onProgress) return; // to count all parts costs time
    if (this.#input?.prepared) this.reportPreparing();
    this.#reportSending();
    this.reportProcessing();
  }

  #reportSending(): void {
    const sent = this.#parts.leaves.filter(({ batches }) => batches.length > 0);
    this.#report("Sending", sum(sent.map(({ lines }) => lines)));
  }

  /** Batches were looked at, or read. */
  reportProcessing(): void {
    if (!this.onProgress) return;
    const counts = this.#parts.leaves.map((part) => part.counts);
    if (counts.length === 0) return;
    const done = counts.map(({ succeeded, failed }) => succeeded + failed);
    this.#report("Processing", sum(done));
  }

  #report(phase: ProgressEvent["phase"], done: number): void {
    const all = this.#total;
    const outside = phase === "Preparing"
      ? 0
      : this.#input?.refused.length ?? 0;
    const total = all === undefined ? undefined : all - outside;
    this.onProgress?.({ phase, done, total });
  }

  /** How many requests there are; undefined while unknown. */
  get #total(): number | undefined {
    if (this.#input) return this.#input.total;
    return sum(this.#parts.leaves.map(({ lines }) => lines));
  }
}

function isThrough({ settled, reading }: Part): boolean {
  return settled !== undefined || reading.done;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
