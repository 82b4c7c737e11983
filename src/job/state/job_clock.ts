/**
 * The clock of a job: this machine's, which also knows what the server's dates are
 * by it, as that one may differ by minutes. Inside a job all times are this clock's;
 * the dates of files and batches become times where they are read.
 *
 * @module
 */

import type { Clock } from "../../types/platform.ts";
import { millisecondsOf } from "./batch.ts";

/** How many responses the server's clock is read from. */
const ANSWERS = 5;

/**
 * Times are this machine's, dates the server's, both ms since the epoch.
 *
 * What the server's clock shows is told by its responses. One wrong `Date` changes
 * nothing: the median of the last few counts, of two the earlier one. A clock that
 * seems to be behind makes us wait; one that seems to be ahead would make us give up
 * on what is still to come.
 */
export class JobClock implements Clock {
  readonly #clock: Clock;
  /** By how much the server's was ahead by each of the last answers, ms. */
  readonly #leads: number[] = [];
  /** By how much it is ahead, ms. */
  #ahead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ms since the epoch. */
  now(): number {
    return this.#clock.now();
  }

  /** See {@linkcode Clock.sleep}. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  /**
   * Takes note of what an answer tells. Its `Date` is of a moment ago, and in
   * whole seconds: what was dated by the server seems younger than it is.
   */
  note(headers: Headers): void {
    const date = Date.parse(headers.get("date") ?? "");
    if (Number.isNaN(date)) return;
    this.#leads.push(date - this.#clock.now());
    if (this.#leads.length > ANSWERS) this.#leads.shift();
    const sorted = this.#leads.toSorted((a, b) => a - b);
    this.#ahead = sorted[(sorted.length - 1) >> 1] as number;
  }

  /** The time of a date, as far as is known by now: don't keep it instead of the date. */
  timeOf(date: number): number {
    return date - this.#ahead;
  }

  /** What the server's clock showed at a time, or a little less. */
  dateOf(time: number): number {
    return time + this.#ahead;
  }

  /** How long ago the server created something, ms; undefined if it does not say. */
  ageOf({ created_at }: { created_at?: unknown }): number | undefined {
    const date = millisecondsOf(created_at);
    return date === undefined ? undefined : this.now() - this.timeOf(date);
  }
}
