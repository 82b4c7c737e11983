/**
 * Counts direct requests, for progress and status.
 *
 * @module
 */

import type { JobStatus, WaitingFor } from "../progress/job_status.ts";
import type { ProgressEvent } from "../progress/mod.ts";
import type { AnyResult } from "../results/result.ts";

/** The numbers of one pass. */
export class DirectTotals {
  /** Called with every change of the three phases; undefined without a display. */
  onProgress: ((event: ProgressEvent) => void) | undefined;
  /** Whether every result was handed out. */
  done = false;
  /** Why calls wait, if they do. */
  wait: WaitingFor | undefined;
  /** What runs in the background. */
  windows: { open: number; nextAt: number } | undefined;
  #total: number | undefined;
  readonly #createdAt: Date;
  readonly #job: string | undefined;
  #prepared = 0;
  #sent = 0;
  #succeeded = 0;
  #failed = 0;

  /** @param listed How many requests there are, if that is known. */
  constructor(
    listed: number | undefined,
    now: number,
    job: string | undefined,
  ) {
    this.#job = job;
    this.#total = listed;
    this.#createdAt = new Date(now);
  }

  /** A request was read from the input. */
  prepare(): void {
    this.#report("Preparing", ++this.#prepared);
  }

  /** The input has ended: that tells the totals. */
  end(): void {
    this.#total = this.#prepared;
    this.#report("Preparing", this.#prepared);
    this.#report("Sending", this.#sent);
    this.#report("Processing", this.#finished);
  }

  /** A request was sent for the first time. */
  send(): void {
    this.#report("Sending", ++this.#sent);
    if (this.#sent === 1) this.#report("Processing", 0);
  }

  /** A result is about to be handed out. */
  finish({ ok }: AnyResult): void {
    if (ok) this.#succeeded++;
    else this.#failed++;
    this.#report("Processing", this.#finished);
  }

  /** Where it stands. */
  get status(): JobStatus {
    const total = this.#total ?? this.#prepared;
    const succeeded = this.#succeeded;
    const failed = this.#failed;
    const open = total - succeeded - failed;
    return {
      id: this.#job,
      phase: this.done ? "Done" : this.#sent ? "Processing" : "Preparing",
      done: this.done,
      stopped: undefined,
      waitingFor: this.done ? undefined : this.wait ?? this.#background,
      requests: { total, succeeded, failed, open },
      parts: { total: 0, done: 0 },
      activeBatches: 0,
      createdAt: this.#createdAt,
      wait: 0,
      cleaned: false,
    };
  }

  /** Set while it waits for background responses only. */
  get #background(): WaitingFor | undefined {
    const { open = 0, nextAt = Infinity } = this.windows ?? {};
    if (open === 0) return undefined;
    const reason = "responses";
    return nextAt < Infinity ? { reason, until: new Date(nextAt) } : { reason };
  }

  get #finished(): number {
    return this.#succeeded + this.#failed;
  }

  #report(phase: ProgressEvent["phase"], done: number): void {
    this.onProgress?.({ phase, done, total: this.#total });
  }
}
