/**
 * From ids to rows. A Map of a million ids would take a hundred megabytes; this
 * takes a tenth of that.
 *
 * @module
 */

/** Slots at first; a power of two. */
const FEWEST = 1_024;
/** The share of slots that may be taken. */
const FULL = 0.7;

/**
 * Knows which row has which id. It keeps 32 bits of each id's hash, and reads the
 * row to check that it really has the id.
 */
export class Ids {
  readonly #idOf: (row: number) => string | undefined;
  #size = 0;
  #hashes = new Uint32Array(FEWEST);
  /** Rows, counted from 1: 0 is an empty slot. */
  #rows = new Uint32Array(FEWEST);

  /** @param idOf Reads the id of a row that was added. */
  constructor(idOf: (row: number) => string | undefined) {
    this.#idOf = idOf;
  }

  /**
   * Adds an id, unless it has it already.
   *
   * @param id The id.
   * @param row Its row.
   * @returns The row that already has the id; undefined if none does.
   */
  add(id: string, row: number): number | undefined {
    const other = this.find(id);
    if (other !== undefined) return other;
    if (this.#size >= this.#rows.length * FULL) this.#grow();
    this.#put(hashOf(id), row + 1);
    this.#size++;
    return undefined;
  }

  /**
   * @param id An id.
   * @returns Its row; undefined if it wasn't added.
   */
  find(id: string): number | undefined {
    const hash = hashOf(id);
    const last = this.#rows.length - 1;
    for (let slot = hash & last;; slot = (slot + 1) & last) {
      const row = this.#rows[slot]!;
      if (row === 0) return undefined;
      if (this.#hashes[slot] !== hash) continue;
      if (this.#idOf(row - 1) === id) return row - 1;
    }
  }

  #put(hash: number, row: number): void {
    const last = this.#rows.length - 1;
    let slot = hash & last;
    while (this.#rows[slot] !== 0) slot = (slot + 1) & last;
    this.#hashes[slot] = hash;
    this.#rows[slot] = row;
  }

  #grow(): void {
    const [hashes, rows] = [this.#hashes, this.#rows];
    this.#hashes = new Uint32Array(rows.length * 2);
    this.#rows = new Uint32Array(rows.length * 2);
    rows.forEach((row, i) => row > 0 && this.#put(hashes[i]!, row));
  }
}

/** Murmur3's mixing, over UTF-16 units. */
function hashOf(id: string): number {
  let hash = 0x9747b28c;
  for (let i = 0; i < id.length; i++) {
    hash = Math.imul(hash ^ id.charCodeAt(i), 0xcc9e2d51);
    hash = (hash << 15) | (hash >>> 17);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
