/**
 * Tells equal calls apart: the first is number 0, the next is number 1.
 *
 * @module
 */

/**
 * The numbers of equal calls. A successful call uses its number up. Any other gives
 * it back, and the next equal call takes its place: so the same program gets the same
 * numbers when it is run again.
 */
export class Numbers {
  /** The next number that no equal call ever had. */
  readonly #next = new Map<string, number>();
  /** Numbers given back. Most calls never give one back. */
  readonly #free = new Map<string, Set<number>>();

  /** @returns The smallest number that no equal call has. */
  take(key: string): number {
    const free = this.#free.get(key);
    const next = this.#next.get(key) ?? 0;
    const number = free?.size ? Math.min(...free) : next;
    if (!free?.delete(number)) this.#next.set(key, next + 1);
    return number;
  }

  /**
   * Gives a number back.
   *
   * @param number Its number; undefined if it has none yet.
   */
  release(key: string, number: number | undefined): void {
    if (number === undefined) return;
    this.#free.set(key, (this.#free.get(key) ?? new Set()).add(number));
  }

  /**
   * Uses a number up, even if it was given back in the meantime.
   *
   * @param number Its number; undefined if it has none yet.
   */
  use(key: string, number: number | undefined): void {
    this.#free.get(key)?.delete(number as number);
  }
}
