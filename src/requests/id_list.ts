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
  readonly #packed: readonly Uint8Array[];
  readonly #ends: Uint32Array;
  /** The first one's position in the input, where that is known. */
  readonly #first: number | undefined;
  /** Each one's, unless they stand there one behind the other too. */
  readonly #positions: Uint32Array | undefined;

  /** @param positions Each one's position in the input, where that is known. */
  constructor(ids: IdTable, positions?: Uint32Array) {
    this.length = ids.length;
    this.#packed = ids.pack();
    this.#ends = ids.ends;
    this.#first = positions?.[0];
    const last = positions?.[this.length - 1] ?? 0;
    const isRow = last - (this.#first ?? 0) === this.length - 1;
    if (!isRow) this.#positions = positions?.slice(0, this.length);
  }

  /** The ids, numbered by their lines. */
  table(): IdTable {
    return new IdTable(this.#packed, this.#ends);
  }

  /** The position in the input of a line's request, where that is known. */
  positionOf(line: number): number | undefined {
    if (this.#positions) return this.#positions[line];
    return this.#first === undefined ? undefined : this.#first + line;
  }

  /** @param start The first line, from 0. */
  slice(start: number, end: number): IdList {
    const [all, ids] = [this.table(), new IdTable()];
    for (let line = start; line < end; line++) ids.add(all.at(line));
    const positions = Uint32Array.from(
      { length: end - start },
      (_, line) => this.positionOf(start + line) ?? start + line,
    );
    return new IdList(ids, positions);
  }
}
