/**
 * The server's clock, which may differ from this one by minutes: dates of
 * files are the server's.
 *
 * @module
 */

import type { Clock } from "../types/platform.ts";

/** What the server's answers tell of its clock. */
export class ServerClock {
  readonly #clock: Clock;
  /** By how much it is ahead, ms. */
  #ahead = 0;

  /** @param clock This clock. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes note of what an answer tells. Its `Date` is of a moment ago, and in
   * whole seconds: what was dated by the server seems younger than it is.
   *
   * @param headers The answer's headers.
   */
  note(headers: Headers): void {
    const date = Date.parse(headers.get("date") ?? "");
    if (!Number.isNaN(date)) this.#ahead = date - this.#clock.now();
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

  /**
   * @param time A time of the server's clock, ms.
   * @returns What this clock showed then.
   */
  toLocal(time: number): number {
    return time - this.#ahead;
  }
}
