/**
 * Turns of the event loop: what is ready to run gets to run.
 *
 * @module
 */

/** Lets other work run, one turn of the event loop at a time. */
export interface Turns {
  /** Resolves in the next turn. */
  next(): Promise<void>;
  /** Lets go of the event loop, so that the process may end. */
  close(): void;
}

/**
 * Opens turns of the event loop. A message channel takes microseconds where
 * timers are held back to a millisecond and more.
 *
 * @returns Turns to be closed when they are no longer needed.
 */
export function openTurns(): Turns {
  if (typeof MessageChannel !== "function") {
    return {
      next: () => new Promise((resolve) => setTimeout(resolve, 0)),
      close: () => {},
    };
  }
  const { port1, port2 } = new MessageChannel();
  let turn = (): void => {};
  port1.onmessage = () => turn();
  return {
    next: () =>
      new Promise((resolve) => {
        turn = resolve;
        port2.postMessage(null);
      }),
    close: () => port1.close(),
  };
}
