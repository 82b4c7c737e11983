/**
 * A clock on which time passes only when there is nothing else to do.
 *
 * @module
 */

import { onAbort } from "../on_abort.ts";
import type { Clock } from "../types/platform.ts";
import { openTurns, type Turns } from "./_turns.ts";

/** Where every virtual clock starts. */
const START = Date.UTC(2026, 0, 1);

/** How many quiet turns of the event loop it takes before the clock moves. */
const QUIET_TURNS = 5;

interface Timer {
  at: number;
  /** Fires after all others due at the same time, and after what they wake. */
  last: boolean;
  resolve: () => void;
}

/**
 * A clock that jumps. It starts at 2026-01-01T00:00:00Z. As soon as everything that
 * could run has run and something sleeps, it jumps to the end of the earliest sleep:
 * a day of polling takes milliseconds. Sleeps that end at the same time end in the
 * order they began.
 *
 * To see that everything has run, it lets a few turns of the event loop pass in which
 * no sleep begins or ends. Pass work that takes longer (a socket, a file, WebCrypto)
 * to {@linkcode VirtualClock.hold}.
 *
 * @example A day in no time
 * ```ts
 * import { VirtualClock } from "@offpeak/openai-batch/testing";
 *
 * const clock = new VirtualClock();
 * await clock.sleep(24 * 60 * 60 * 1000);
 * console.log(new Date(clock.now()).toISOString()); // 2026-01-02T00:00:00.000Z
 * ```
 */
export class VirtualClock implements Clock {
  /** A day takes milliseconds. */
  readonly isVirtual = true;
  #now = START;
  #timers = new Set<Timer>();
  #held = 0;
  /** Counts the sleeps that begin and end, and the work that is held. */
  #news = 0;
  /** The news as of the last turn. */
  #seen = 0;
  #quiet = 0;
  #isRunning = false;

  /**
   * The virtual time.
   *
   * @returns Milliseconds since the epoch.
   */
  now(): number {
    return this.#now;
  }

  /**
   * Sleeps in virtual time. An aborted sleep leaves no trace: the clock doesn't jump
   * to its end.
   *
   * @param ms Milliseconds. 0 or less ends as soon as everything that could run has run, without moving time. `Infinity` only ends with the signal.
   * @param signal Ends the sleep early.
   * @throws The signal's reason, as soon as it is aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#sleep(ms, false, signal);
  }

  /**
   * Moves time by exactly `ms`, ending sleeps on the way in order and letting what they
   * wake run in between. Resolves when everything that was due has run. Only needed if
   * nothing sleeps: otherwise the clock moves by itself.
   *
   * @param ms Milliseconds.
   */
  advance(ms: number): Promise<void> {
    return this.#sleep(ms, true);
  }

  /**
   * Stops time until `work` is settled, for real asynchronous work that the clock must
   * not run ahead of. The work must not sleep on this clock, or both wait forever.
   *
   * @typeParam T The type of the work's value.
   * @param work The work.
   * @returns The work's value.
   * @example
   * ```ts
   * import { VirtualClock } from "@offpeak/openai-batch/testing";
   *
   * const clock = new VirtualClock();
   * const input = new TextEncoder().encode("the input");
   * await clock.hold(crypto.subtle.digest("SHA-256", input));
   * ```
   */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#held++;
    this.#news++;
    try {
      return await work;
    } finally {
      this.#held--;
      this.#news++;
      this.#start();
    }
  }

  #sleep(ms: number, last: boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#timers.delete(timer);
        this.#news++;
        reject(signal?.reason);
      };
      const timer: Timer = {
        at: this.#now + (ms > 0 ? ms : 0),
        last,
        resolve: () => {
          release();
          resolve();
        },
      };
      const release = onAbort(signal, abort);
      this.#timers.add(timer);
      this.#news++;
      this.#start();
    });
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#seen = this.#news;
    this.#quiet = 0;
    this.#turn(openTurns());
  }

  /** Waits for quiet turns, jumps, and goes on until nothing sleeps. */
  #turn(turns: Turns): void {
    if (this.#held > 0 || this.#earliest() === undefined) {
      this.#isRunning = false;
      return turns.close();
    }
    turns.next(() => {
      this.#quiet = this.#news === this.#seen ? this.#quiet + 1 : 0;
      this.#seen = this.#news;
      if (this.#quiet === QUIET_TURNS) {
        this.#quiet = 0;
        this.#jump();
      }
      this.#turn(turns);
    });
  }

  #jump(): void {
    const timer = this.#earliest();
    if (timer === undefined) return;
    this.#timers.delete(timer);
    this.#now = timer.at;
    timer.resolve();
  }

  /** A set keeps the order of insertion, so that the first of equals wins. */
  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at < (earliest?.at ?? Infinity)) earliest = timer;
      else if (timer.at === earliest?.at && earliest.last && !timer.last) {
        earliest = timer;
      }
    }
    return earliest;
  }
}
