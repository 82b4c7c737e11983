/**
 * The ids of a part, small enough to be kept while its batch runs: a job may
 * have hundreds of parts in flight.
 *
 * @module
 */

import { IdTable } from "./id_table.ts";

/** Ids and their positions in the input, in the order of the lines. */
export class IdList {
  /** How many ids there are. */
  readonly length: number;
  /**
   * Their texts, one behind the other. Bytes lie outside of the heap, of which
   * V8 leaves the more garbage the more of it is in use. They are JSON, since
   * half a character is no UTF-8.
   */
  readonly #bytes: Uint8Array;
  /** Where the text of each one ends. */
  readonly #ends: Uint32Array;
  /** The first one's position in the input, where that is known. */
  readonly #first: number | undefined;
  /** Each one's, unless they stand there one behind the other too. */
  readonly #positions: Uint32Array | undefined;

  /** @param positions Each one's position in the input, where that is known. */
  constructor(ids: IdTable, positions: readonly number[] = []) {
    this.length = ids.length;
    this.#bytes = new TextEncoder().encode(JSON.stringify(ids.text));
    this.#ends = ids.ends;
    const [first = 0] = positions;
    this.#first = positions[0];
    const isRow = positions.at(-1) === first + this.length - 1;
    if (!isRow) this.#positions = Uint32Array.from(positions);
  }

  /** The ids, numbered by their lines. */
  table(): IdTable {
    const text = JSON.parse(new TextDecoder().decode(this.#bytes));
    return new IdTable(text, this.#ends);
  }

  /** The position in the input of a line's request, where that is known. */
  positionOf(line: number): number | undefined {
    if (this.#positions) return this.#positions[line];
    return this.#first === undefined ? undefined : this.#first + line;
  }

  /** @param start The first line, from 0. */
  slice(start: number, end: number): IdList {
    const [all, ids, positions] = [this.table(), new IdTable(), [] as number[]];
    for (let line = start; line < end; line++) {
      positions[ids.add(all.at(line))] = this.positionOf(line) ?? line;
    }
    return new IdList(ids, positions);
  }
}
