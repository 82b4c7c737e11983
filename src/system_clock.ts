/**
 * The time as it is.
 *
 * @module
 */

import { onAbort } from "./on_abort.ts";
import type { Clock } from "./types/platform.ts";

/** Longest delay that `setTimeout` takes. */
const LONGEST = 2 ** 31 - 1;

/** The platform's clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const release = onAbort(signal, abort);
      const timer = setTimeout(() => {
        release();
        resolve();
      }, Math.min(ms, LONGEST));
    }),
};
