/**
 * Waiting that a signal ends.
 *
 * @module
 */

import { onAbort } from "../on_abort.ts";

/**
 * Waits for `work`, but no longer than until the signal is aborted.
 *
 * @throws The signal's reason.
 */
export function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    const release = onAbort(signal, abort);
    work.then(resolve, reject).finally(release);
  });
}
