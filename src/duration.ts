/**
 * Durations as people and servers write them.
 *
 * @module
 */

const DURATION = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

const UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/**
 * Reads a duration such as "6m0s", "120ms" or "20h".
 *
 * @returns Milliseconds; undefined if it isn't a duration.
 */
export function readDuration(text: string): number | undefined {
  if (text === "" || text.replaceAll(DURATION, "") !== "") return undefined;
  return [...text.matchAll(DURATION)].reduce(
    (sum, [, value, unit]) => sum + Number(value) * UNITS.get(unit ?? "")!,
    0,
  );
}
