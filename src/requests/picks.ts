/**
 * Picks a few of many requests while they are read once.
 *
 * @module
 */

import type { IndexedLine } from "./to_line.ts";

/** Which requests are picked. */
export type Pick = "first" | "spread";

/** The requests that were picked so far: no more than twice as many as asked for. */
export class Picks {
  readonly #size: number;
  readonly #pick: Pick;
  #lines: IndexedLine[] = [];
  /** Each of how many is kept. */
  #stride = 1;
  #seen = 0;

  /** @param pick The first ones, or some that are spread evenly over all. */
  constructor(size: number, pick: Pick) {
    this.#size = size;
    this.#pick = pick;
  }

  /** Takes note of the next request. */
  add(line: IndexedLine): void {
    const isNext = this.#seen++ % this.#stride === 0;
    const isFirst = this.#pick === "first";
    if (!isNext || (isFirst && this.#lines.length === this.#size)) return;
    this.#lines.push(line);
    if (isFirst || this.#lines.length < this.#size * 2) return;
    this.#lines = this.#lines.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  /** @returns As many as wanted, if there were as many, in the order of the input. */
  take(): IndexedLine[] {
    const step = Math.max(1, this.#lines.length / this.#size);
    return this.#lines.filter((_, i) =>
      Math.floor(i / step) > Math.floor((i - 1) / step)
    ).slice(0, this.#size);
  }
}
