/**
 * Turns of the event loop: what is ready to run gets to run.
 *
 * @module
 */

/** Lets other work run, one turn of the event loop at a time. */
export interface Turns {
  /** Calls back in the next turn. */
  next(callback: () => void): void;
  /** Lets the process end. */
  close(): void;
}

type SetImmediate = (callback: () => void) => unknown;

/**
 * Opens turns of the event loop. Deno, Bun and Node have `setImmediate`, whose
 * turn drains all microtasks first: on Deno a message comes after three of
 * them. Elsewhere a message channel takes microseconds where timers are held
 * back to a millisecond and more.
 *
 * They call back instead of resolving: Node's test runner tracks each promise,
 * and a virtual day has thousands of turns.
 *
 * @returns Turns to be closed when they are no longer needed.
 */
export function openTurns(): Turns {
  const { setImmediate } = globalThis as { setImmediate?: SetImmediate };
  if (typeof setImmediate === "function") return turnsBy(setImmediate);
  if (typeof MessageChannel === "function") return turnsByMessages();
  return turnsBy((callback) => setTimeout(callback, 0));
}

function turnsBy(schedule: SetImmediate): Turns {
  return { next: (callback) => void schedule(callback), close: () => {} };
}

function turnsByMessages(): Turns {
  const { port1, port2 } = new MessageChannel();
  let turn = (): void => {};
  port1.onmessage = () => turn();
  return {
    next: (callback) => {
      turn = callback;
      port2.postMessage(null);
    },
    close: () => port1.close(),
  };
}
