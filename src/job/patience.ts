/**
 * Rides out outages: a job of a day must not die of a minute without network.
 *
 * @module
 */

import { isPassing, waitBefore } from "../rest/retry.ts";
import type { Clock } from "../types/platform.ts";

/** Failures in a row, at least, before a job gives up. */
const FEWEST = 10;

/** How long an outage may last, ms. */
const LONGEST = 3_600_000;

/** Longest pause that is not asked for by the server, ms. */
const LONGEST_PAUSE = 60_000;

/** Waits between failures of one kind: those that pass. */
export class Patience {
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  #failures = 0;
  #since = 0;

  /**
   * @param clock Measures the pauses.
   * @param signal Ends a pause.
   */
  constructor(clock: Clock, signal: AbortSignal | undefined) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** It went well: the next failure is a first one. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * Does something until it goes well.
   *
   * @param work What to do.
   * @returns What it gives.
   * @throws What it throws, if that will not pass, or if failures have lasted for an hour.
   */
  async insist<T>(work: () => Promise<T>): Promise<T> {
    while (true) {
      try {
        const value = await work();
        this.reset();
        return value;
      } catch (error) {
        await this.wait(error);
      }
    }
  }

  /**
   * Pauses after a failure: as long as the server asks, else longer each time
   * up to a minute.
   *
   * @param error What went wrong.
   * @throws The error, if it will not pass, or if failures have lasted for an hour.
   */
  async wait(error: unknown): Promise<void> {
    if (this.#signal?.aborted || !isPassing(error)) throw error;
    const now = this.#clock.now();
    if (this.#failures === 0) this.#since = now;
    const lasted = now - this.#since;
    if (this.#failures >= FEWEST && lasted > LONGEST) throw error;
    const asked = waitBefore(error, this.#failures, now);
    const pause = Math.max(
      asked,
      Math.min(1_000 * 2 ** this.#failures, LONGEST_PAUSE),
    );
    this.#failures++;
    await this.#clock.sleep(pause, this.#signal);
  }
}
