/**
 * The window: decides when the collected calls are sent together.
 *
 * @module
 */

import type { Clock } from "../types/platform.ts";
import type { BatchFetchSettings } from "./options.ts";

/** Collects the ids of calls until no new one has come for a while. */
export class Window {
  readonly #ids: string[] = [];
  #lastCall = -Infinity;
  #isWaiting = false;
  readonly #settings: BatchFetchSettings;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #onClose: (ids: string[]) => void;

  /** @param onClose Called with what was collected, when it does. */
  constructor(
    settings: BatchFetchSettings,
    clock: Clock,
    signal: AbortSignal,
    onClose: (ids: string[]) => void,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#signal = signal;
    this.#onClose = onClose;
  }

  /** A call has arrived, whether or not it will be collected. */
  touch(): void {
    this.#lastCall = this.#clock.now();
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
    const { window, responds, settledAt } = this.#settings;
    // A caller that is answered at once makes its calls at once: nothing to merge.
    const notBefore = responds ? 0 : settledAt;
    this.#isWaiting = true;
    await undefined; // calls that came together are collected together
    while (this.#ids.length > 0) {
      const due = Math.max(this.#lastCall + window, notBefore);
      const rest = due - this.#clock.now();
      if (rest > 0) await this.#clock.sleep(rest, this.#signal);
      else this.close();
    }
    this.#isWaiting = false;
  }
}
