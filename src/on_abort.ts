/**
 * Many listeners of one signal.
 *
 * @module
 */

const watches = new WeakMap<AbortSignal, Watch>();

/**
 * Calls a function when a signal is aborted; never if it is aborted already.
 *
 * However many functions there are, the signal has one event listener: Node 20 takes
 * more than ten for a memory leak, and prints a warning.
 *
 * @param call A function that isn't waiting for this signal already. It must not throw.
 * @returns Removes the function again.
 */
export function onAbort(
  signal: AbortSignal | undefined,
  call: () => void,
): () => void {
  if (!signal || signal.aborted) return () => {};
  const watch = watches.get(signal) ?? new Watch(signal);
  watch.add(call);
  return () => watch.delete(call);
}

/** The functions of one signal. */
class Watch {
  readonly #signal: AbortSignal;
  readonly #calls = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    watches.set(signal, this);
    signal.addEventListener("abort", this);
  }

  add(call: () => void): void {
    this.#calls.add(call);
  }

  /** A signal with a listener is kept in memory, so the last one ends it. */
  delete(call: () => void): void {
    if (this.#calls.delete(call) && this.#calls.size === 0) this.#end();
  }

  handleEvent(): void {
    this.#end();
    for (const call of this.#calls) call();
  }

  #end(): void {
    this.#signal.removeEventListener("abort", this);
    watches.delete(this.#signal);
  }
}
