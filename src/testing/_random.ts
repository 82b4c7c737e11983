/**
 * Chance that can be replayed: the same seed gives the same numbers.
 *
 * @module
 */

const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * A stream of random numbers (sfc32) that a text starts. Streams of their own
 * for every call and every batch make what happens to one independent of the
 * order in which others run.
 */
export class Random {
  #label: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param label Starts the stream: the same text, the same numbers. */
  constructor(label: string) {
    this.#label = label;
    this.#a = hash(label, 0x9e3779b9);
    this.#b = hash(label, 0x243f6a88);
    this.#c = hash(label, 0xb7e15162);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Another stream, which depends on this one's label and its own. */
  fork(label: string | number): Random {
    return new Random(`${this.#label}/${label}`);
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True for this share of the calls. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** An id: the prefix and 22 letters and digits. */
  id(prefix: string): string {
    let id = prefix;
    for (let i = 0; i < 22; i++) id += ALPHABET[this.integer(0, 61)];
    return id;
  }
}

/** FNV-1a with a basis of its own. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value | 0;
}
