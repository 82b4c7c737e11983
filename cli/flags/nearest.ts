/**
 * What the user may have meant.
 *
 * @module
 */

/**
 * The nearest of some names.
 *
 * @param text What was written.
 * @param names What may have been meant.
 * @param most How many letters may differ. @default a third of them, and 2
 * @returns undefined if none is near.
 */
export function nearest(
  text: string,
  names: Iterable<string>,
  most: number = Math.max(2, Math.floor(text.length / 3)),
): string | undefined {
  let best: string | undefined;
  let least = most + 1;
  for (const name of names) {
    const distance = name.startsWith(text) ? 1 : distanceOf(text, name);
    if (distance >= least) continue;
    best = name;
    least = distance;
  }
  return best;
}

/** Levenshtein: how many letters to add, drop or change. */
function distanceOf(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
