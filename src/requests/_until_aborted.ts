/**
 * Waits for the caller's own input, which may never come, only as long as the
 * caller's signal allows.
 *
 * @module
 */

import { onAbort } from "../on_abort.ts";

/**
 * Waits for something, or for a signal.
 *
 * @param work Starts it; not called if the signal is already aborted.
 * @throws The signal's reason.
 */
export async function untilAborted<T>(
  signal: AbortSignal,
  work: () => T | PromiseLike<T>,
): Promise<T> {
  signal.throwIfAborted();
  let release = () => {};
  const aborted = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    release();
  }
}

/**
 * Iterates until a signal is aborted. There is one listener for all items: a
 * race for each would keep them all in memory.
 */
export function itemsUntilAborted(
  source: AsyncIterable<unknown>,
  signal: AbortSignal,
): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]: () =>
      new AbortableIterator(source[Symbol.asyncIterator](), signal),
  };
}

class AbortableIterator implements AsyncIterator<unknown> {
  readonly #items: AsyncIterator<unknown>;
  readonly #signal: AbortSignal;
  readonly #release: () => void;
  #reject: (reason: unknown) => void = () => {};

  constructor(items: AsyncIterator<unknown>, signal: AbortSignal) {
    this.#items = items;
    this.#signal = signal;
    this.#release = onAbort(signal, this.#abort);
  }

  readonly #abort = (): void => {
    this.#reject(this.#signal.reason);
    this.#stop();
    // Its `return` may hang behind the item we were waiting for.
    void this.#close().catch(() => {});
  };

  next(): Promise<IteratorResult<unknown>> {
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason);
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#items.next().then((item) => {
        if (item.done) this.#stop();
        resolve(item);
      }, (error) => {
        this.#stop();
        reject(error);
      });
    });
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#stop();
    if (!this.#signal.aborted) await this.#close();
    return { done: true, value: undefined };
  }

  async #close(): Promise<void> {
    await this.#items.return?.();
  }

  #stop(): void {
    this.#release();
  }
}
