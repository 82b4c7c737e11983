/**
 * Counts refusals in a row: what is refused for an hour is refused for good.
 *
 * @module
 */

/** Refusals in a row, at least: a laptop that was closed has not been refused meanwhile. */
const FEWEST = 10;

/** How long they may last, ms. */
const LONGEST = 3_600_000;

/** The refusals since the last answer. */
export class Refusals {
  /** How many there are. */
  count = 0;
  #since = 0;

  /** There was an answer. */
  reset(): void {
    this.count = 0;
  }

  /**
   * Counts one more.
   *
   * @param now Milliseconds since the epoch.
   * @returns Whether they have lasted for an hour.
   */
  add(now: number): boolean {
    if (this.count === 0) this.#since = now;
    this.count++;
    return this.count > FEWEST && now - this.#since > LONGEST;
  }
}
