/**
 * How long things take, by chance.
 *
 * @module
 */

import type { Random } from "./_random.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The completion window. */
export const WINDOW: number = 24 * HOUR;

/** The stages of a batch beside its run. */
export type Stage = "validating" | "finalizing" | "cancelling" | "lateFiles";

/** Milliseconds that each stage takes, at least and at most. */
export const STAGES: Readonly<Record<Stage, readonly [number, number]>> = {
  validating: [SECOND, MINUTE],
  finalizing: [5 * SECOND, MINUTE],
  cancelling: [5 * SECOND, 10 * MINUTE],
  lateFiles: [MINUTE, 8 * MINUTE],
};

/** A run takes about as likely minutes as hours. */
const SHORTEST_RUN = 2 * MINUTE;
const LONGEST_RUN = 4 * HOUR;

/** When each request of a batch is answered. */
export interface Schedule {
  /** Indices of lines, in the order in which they are answered. */
  order: Uint32Array;
  /** Milliseconds since the epoch, in the same order. */
  times: Float64Array;
}

/**
 * Spreads the requests of a batch over its run.
 *
 * @param expired Whether the run outlasts its window: the last request does, the first of several does not.
 */
export function scheduleOf(
  count: number,
  start: number,
  random: Random,
  expired: boolean,
): Schedule {
  const run = expired
    ? WINDOW * (1.2 + 2 * random.next())
    : SHORTEST_RUN * (LONGEST_RUN / SHORTEST_RUN) ** random.next();
  const shares = Float64Array.from({ length: count }, () => random.next());
  const order = Uint32Array.from(shares.keys())
    .sort((a, b) => shares[a]! - shares[b]!);
  const times = Float64Array.from(
    order,
    (index) => start + Math.ceil(run * shares[index]!),
  );
  if (expired && count > 0) {
    times[0] = Math.min(times[0]!, start + WINDOW / 2);
    times[count - 1] = Math.max(times[count - 1]!, start + 1.1 * WINDOW);
  }
  return { order, times };
}
