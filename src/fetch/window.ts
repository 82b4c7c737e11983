/**
 * The window: decides when the collected calls are sent together.
 *
 * @module
 */

import type { Clock } from "../types/platform.ts";

/** When a window closes. */
export interface WindowSettings {
  /** Ms without a new call. */
  window: number;
  /** How many calls it holds. */
  size: number;
  /** Not before this, ms since the epoch. */
  notBefore: number;
  /** Measures the time. */
  clock: Clock;
  /** Ends the wait. */
  signal: AbortSignal;
}

/** Collects the ids of calls until no new one has come for a while. */
export class Window {
  readonly #ids: string[] = [];
  #lastCall = -Infinity;
  #isWaiting = false;
  readonly #settings: WindowSettings;
  readonly #onClose: (ids: string[]) => void;

  /** @param onClose Called with what was collected, when it does. */
  constructor(settings: WindowSettings, onClose: (ids: string[]) => void) {
    this.#settings = settings;
    this.#onClose = onClose;
  }

  /** A call has arrived, whether or not it will be collected. */
  touch(): void {
    this.#lastCall = this.#settings.clock.now();
  }

  add(id: string): void {
    const count = this.#ids.push(id);
    if (!this.#isWaiting) this.#wait().catch(() => {}); // closed for good
    if (count >= this.#settings.size) this.close();
  }

  /** Hands out what was collected, and starts collecting again.  */
  close(): void {
    if (this.#ids.length > 0) this.#onClose(this.#ids.splice(0));
  }

  /** One timer for all calls. It also keeps the process alive. */
  async #wait(): Promise<void> {
    const { clock, window, notBefore, signal } = this.#settings;
    this.#isWaiting = true;
    await undefined; // calls that came together are collected together
    while (this.#ids.length > 0) {
      const due = Math.max(this.#lastCall + window, notBefore);
      const rest = due - clock.now();
      if (rest > 0) await clock.sleep(rest, signal);
      else this.close();
    }
    this.#isWaiting = false;
  }
}
