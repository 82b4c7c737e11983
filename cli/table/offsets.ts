/**
 * Where the rows of an input begin: eight bytes per row, outside the heap.
 *
 * @module
 */

const CHUNK = 65_536;

/** A list of offsets that grows without being copied. */
export class Offsets {
  /** How many offsets there are. */
  length = 0;
  readonly #chunks: Float64Array[] = [];

  /** @param offset The next offset. */
  push(offset: number): void {
    const at = this.length++ % CHUNK;
    if (at === 0) this.#chunks.push(new Float64Array(CHUNK));
    this.#chunks.at(-1)![at] = offset;
  }

  /**
   * @param index Which one, from 0.
   * @returns The offset; undefined after the last one.
   */
  at(index: number): number | undefined {
    if (index >= this.length) return undefined;
    return this.#chunks[Math.floor(index / CHUNK)]?.[index % CHUNK];
  }
}
