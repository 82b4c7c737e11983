/**
 * Chance that can be replayed.
 *
 * @module
 */

/** A stream of random numbers (mulberry32): the same seed, the same numbers. */
export class Random {
  #state: number;

  /** @param seed Any integer. */
  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) | 0;
    this.next();
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True for this share of the calls. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)] as T;
  }

  /** A stream of its own, so that what one thing draws leaves others as they are. */
  fork(): Random {
    return new Random(this.integer(0, 2 ** 31));
  }

  /** The same values in another order. */
  shuffle<T>(values: readonly T[]): T[] {
    const left = [...values];
    return values.map(() =>
      left.splice(this.integer(0, left.length - 1), 1)[0] as T
    );
  }
}
