/**
 * Draws which HTTP calls go wrong, and when.
 *
 * @module
 */

import type { Random } from "./random.ts";
import type { FaultSchedule } from "./scenario.ts";
import { HOUR, MINUTE } from "./time.ts";

export function drawFaults(random: Random): FaultSchedule {
  const isCalm = random.chance(0.3);
  const call = random.chance(0.45) ? random.pick(CALLS) : undefined;
  return {
    share: isCalm ? 0 : random.pick([0.03, 0.1, 0.25, 0.4]),
    call,
    until: random.pick(
      call ? [6 * HOUR, 30 * HOUR] : [MINUTE, HOUR, 6 * HOUR, 30 * HOUR],
    ),
    outage: random.chance(0.05) ? drawSpan(random, 3, 3) : undefined,
  };
}

/** Rare ones more often. */
export const CALLS: readonly string[] = [
  "files.create",
  "files.list",
  "files.retrieve",
  "files.content",
  "batches.create",
  "batches.create",
  "batches.list",
  "batches.retrieve",
  "batches.retrieve",
  "batches.cancel",
  "batches.cancel",
  "batches.cancel",
  "batches.cancel",
];

export function drawSpan(
  random: Random,
  latest: number,
  longest: number,
): { from: number; to: number } {
  const from = random.integer(0, latest * HOUR);
  return { from, to: from + random.integer(MINUTE, longest * HOUR) };
}
