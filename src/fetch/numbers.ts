/**
 * Tells equal calls apart: the first is number 0, the next is number 1.
 *
 * @module
 */

interface Count {
  /** The next call's number if none is free. */
  next: number;
  /** Free numbers below it. Most calls never give one back. */
  free?: Set<number>;
}

/**
 * The numbers of equal calls. A successful call uses its number up. Any other gives
 * it back, and the next equal call takes its place: so the same program gets the same
 * numbers when it is run again.
 */
export class Numbers {
  readonly #counts = new Map<string, Count>();

  /** @returns The smallest number that no equal call has. */
  take(key: string): number {
    const count = this.#counts.get(key) ?? { next: 0 };
    this.#counts.set(key, count);
    if (!count.free?.size) return count.next++;
    const number = Math.min(...count.free);
    count.free.delete(number);
    return number;
  }

  /**
   * Gives a number back.
   *
   * @param number Its number; undefined if it has none yet.
   */
  release(key: string, number: number | undefined): void {
    if (number === undefined) return;
    const count = this.#counts.get(key)!;
    count.free ??= new Set();
    count.free.add(number);
  }

  /**
   * Uses a number up, even if it was given back in the meantime.
   *
   * @param number Its number; undefined if it has none yet.
   */
  use(key: string, number: number | undefined): void {
    this.#counts.get(key)?.free?.delete(number as number);
  }
}
