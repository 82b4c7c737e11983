/**
 * The server's clock, which may differ from ours by minutes. Dates of files are the
 * server's.
 *
 * @module
 */

import type { Clock } from "../../types/platform.ts";

/** How many responses the clock is read from. */
const ANSWERS = 5;

/**
 * The server's clock, as its responses tell it. One wrong `Date` changes nothing: the
 * median of the last few counts, of two the earlier one. A clock that seems to be
 * behind makes us wait; one that seems to be ahead would make us give up on what is
 * still to come.
 */
export class JobClock {
  readonly #clock: Clock;
  /** By how much it was ahead by each of the last answers, ms. */
  readonly #leads: number[] = [];
  /** By how much it is ahead, ms. */
  #ahead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
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

  /** What it shows now, ms since the epoch. */
  now(): number {
    return this.toServer(this.#clock.now());
  }

  /**
   * @param time A time of this clock, ms.
   * @returns What the server's showed then, or a little less.
   */
  toServer(time: number): number {
    return time + this.#ahead;
  }

  /** @param time A time of the server's clock, ms. */
  toLocal(time: number): number {
    return time - this.#ahead;
  }
}
