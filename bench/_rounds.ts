/**
 * Rounds: everything that is compared is measured in turn, so that what else
 * the machine does strikes all of it alike.
 *
 * @module
 */

import { median } from "./_figure.ts";

/** Rounds that count. */
const ROUNDS = 11;

/**
 * Measures work in turn, after a round that does not count.
 *
 * @param works What to measure, by name.
 * @param tidy Called after each work; its time does not count.
 * @returns The ms of each work, round by round.
 */
export async function measureInTurn<K extends string>(
  works: Record<K, () => unknown>,
  tidy: () => unknown = () => {},
): Promise<Record<K, number>[]> {
  const names = Object.keys(works) as K[];
  const none = Object.fromEntries(names.map((name) => [name, 0]));
  const rounds: Record<K, number>[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const times = { ...none } as Record<K, number>;
    for (const name of names) {
      const start = performance.now();
      await works[name]();
      times[name] = performance.now() - start;
      await tidy();
    }
    if (round > 0) rounds.push(times);
    names.push(names.shift()!);
  }
  return rounds;
}

/**
 * @param rounds What was measured.
 * @returns The median of each work, in words.
 */
export function describeRounds(rounds: Record<string, number>[]): string {
  return Object.keys(rounds[0] ?? {}).map((name) => {
    const ms = median(rounds.map((times) => times[name]!));
    return `${name} ${Math.round(ms)} ms`;
  }).join(", ");
}
