/**
 * The ids of a part, small enough to be kept while its batch runs: a job may
 * have hundreds of parts in flight.
 *
 * @module
 */

/** Ids and their positions in the input, in the order of the lines. */
export class IdList {
  /** How many ids there are. */
  readonly length: number;
  readonly #ids: Uint8Array;
  readonly #positions: Uint32Array;

  /** @param positions Each id's position in the input, in the order of the lines. */
  constructor(positions: ReadonlyMap<string, number>) {
    this.length = positions.size;
    // Bytes lie outside of the heap, of which V8 leaves the more garbage the
    // more of it is in use. A Map costs about a hundred bytes per id.
    this.#ids = new TextEncoder().encode(JSON.stringify([...positions.keys()]));
    this.#positions = Uint32Array.from(positions.values());
  }

  /** @returns The ids in the order of the lines. */
  ids(): string[] {
    return JSON.parse(new TextDecoder().decode(this.#ids));
  }

  /** @param start The first line, from 0. */
  slice(start: number, end: number): IdList {
    return new IdList(new Map([...this.open()].slice(start, end)));
  }

  open(): Map<string, number> {
    const open = new Map<string, number>();
    this.ids().forEach((id, line) =>
      open.set(id, this.#positions[line] ?? line)
    );
    return open;
  }
}
