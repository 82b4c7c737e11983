/**
 * How often to look.
 *
 * @module
 */

/** Between two looks at least, whoever asks for the second one, ms. */
export const LEAST_GAP = 5_000;

/** The shortest and the longest time between two looks, unless the caller says otherwise, ms. */
const SHORTEST = 5_000;
const LONGEST = 60_000;

/**
 * @param waited How long the batches have been waited for, ms.
 * @param fixed The caller's own interval, ms.
 * @returns Milliseconds until the next look: half of that time, but 5 s at least and 60 s at most, and up to a tenth more by chance.
 */
export function pollIntervalAfter(
  waited: number,
  fixed: number | undefined,
): number {
  const interval = fixed ?? Math.min(Math.max(SHORTEST, waited / 2), LONGEST);
  return interval * (1 + Math.random() * 0.1);
}
