/**
 * How often to look.
 *
 * @module
 */

/** Longest time between two looks unless the caller says otherwise, ms. */
const LONGEST = 60_000;

/**
 * @param looks How often was looked so far.
 * @param fixed The caller's own interval, ms.
 * @returns Milliseconds until the next look: 5 s at first, half as much again each time up to 60 s, and up to a tenth more by chance.
 */
export function pollIntervalAfter(
  looks: number,
  fixed: number | undefined,
): number {
  const interval = fixed ?? Math.min(5_000 * 1.5 ** looks, LONGEST);
  return interval * (1 + Math.random() * 0.1);
}
