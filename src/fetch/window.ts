/**
 * The window: says when the calls that were collected go out together.
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

/** Collects the ids of calls until a while has passed without a new one. */
export class Window {
  #ids = new Set<string>();
  #lastCall = -Infinity;
  #isWaiting = false;
  readonly #settings: WindowSettings;
  readonly #onDue: () => void;

  /**
   * @param settings When it closes.
   * @param onDue Called when it does.
   */
  constructor(settings: WindowSettings, onDue: () => void) {
    this.#settings = settings;
    this.#onDue = onDue;
  }

  /** A call has arrived, whether or not it will be collected. */
  touch(): void {
    this.#lastCall = this.#settings.clock.now();
  }

  /**
   * @param id A call to collect.
   * @returns Whether it is full now.
   */
  add(id: string): boolean {
    this.#ids.add(id);
    if (!this.#isWaiting) void this.#wait();
    return this.#ids.size >= this.#settings.size;
  }

  /** @returns What was collected; from now on it collects anew. */
  take(): string[] {
    const ids = [...this.#ids];
    this.#ids = new Set();
    return ids;
  }

  /** One timer for all calls. The clock's timer also keeps the process alive. */
  async #wait(): Promise<void> {
    const { clock, window, notBefore, signal } = this.#settings;
    this.#isWaiting = true;
    try {
      while (this.#ids.size > 0) {
        const due = Math.max(this.#lastCall + window, notBefore);
        const rest = due - clock.now();
        if (rest <= 0) break;
        await clock.sleep(rest, signal);
      }
    } catch {
      return; // closed
    } finally {
      this.#isWaiting = false;
    }
    if (this.#ids.size > 0) this.#onDue();
  }
}
