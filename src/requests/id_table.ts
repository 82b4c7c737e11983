/**
 * Ids, found by their texts, without an object for each: a Map of as many
 * strings costs a collector more than all that is asked of it.
 *
 * @module
 */

/** Room for ids at the beginning; it doubles. */
const ROOM = 16;

/** Texts that are joined at a time: one by one, each would stay an object. */
const RECENT = 1_024;

/** Ids, numbered 0, 1, … in the order in which they came. */
export class IdTable {
  /** How many there are. */
  length = 0;
  /** Nobody can choose ids that all lie in one place without knowing it. */
  readonly #seed = crypto.getRandomValues(new Int32Array(1))[0] as number;
  /** All texts, one behind the other, but for those that came last. */
  #text: string;
  #recent: string[] = [];
  /** Where the text of each id ends, by its number. */
  #ends: Uint32Array;
  #hashes: Int32Array;
  /** The numbers, each raised by 1: where the hash says, or in the next free place behind it. */
  #slots: Int32Array;

  /** Takes ids over: their texts one behind the other, and where each one ends. */
  constructor(text = "", ends: Uint32Array = new Uint32Array()) {
    const room = Math.max(ROOM, ends.length);
    this.#text = text;
    this.#ends = new Uint32Array(room);
    this.#ends.set(ends);
    this.#hashes = new Int32Array(room);
    this.#slots = slotsFor(room);
    while (this.length < ends.length) {
      const start = this.#startOf(this.length);
      this.#enter(this.#hash(text, start, ends[this.length] as number));
    }
  }

  /** All texts, one behind the other. */
  get text(): string {
    this.#join();
    return this.#text;
  }

  /** Where the text of each id ends. */
  get ends(): Uint32Array {
    return this.#ends.slice(0, this.length);
  }

  /** The number of an id; -1 if it is not there. */
  find(id: string): number {
    return this.#find(id, this.#hash(id, 0, id.length));
  }

  /** Adds an id, unless it is there; gives its number. */
  add(id: string): number {
    const hash = this.#hash(id, 0, id.length);
    const known = this.#find(id, hash);
    if (known >= 0) return known;
    const number = this.length;
    if (number === this.#ends.length) this.#grow();
    this.#ends[number] = this.#startOf(number) + id.length;
    this.#enter(hash);
    this.#recent.push(id);
    if (this.#recent.length === RECENT) this.#join();
    return number;
  }

  /** The id that has a number. */
  at(number: number): string {
    const joined = this.length - this.#recent.length;
    if (number >= joined) return this.#recent[number - joined] as string;
    return this.#text.slice(this.#startOf(number), this.#ends[number]);
  }

  #find(id: string, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let place = slots[slot]; place; place = slots[slot]) {
      const number = place - 1;
      if (this.#hashes[number] === hash && this.#is(number, id)) return number;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  #is(number: number, id: string): boolean {
    const joined = this.length - this.#recent.length;
    if (number >= joined) return this.#recent[number - joined] === id;
    const start = this.#startOf(number);
    return this.#ends[number] === start + id.length &&
      this.#text.startsWith(id, start);
  }

  #startOf(number: number): number {
    return number === 0 ? 0 : this.#ends[number - 1] as number;
  }

  #hash(text: string, start: number, end: number): number {
    let hash = this.#seed;
    for (let i = start; i < end; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x5bd1e995);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  /** Gives the next number a place. */
  #enter(hash: number): void {
    this.#hashes[this.length++] = hash;
    takePlace(this.#slots, hash, this.length);
  }

  #grow(): void {
    const room = 2 * this.length;
    const [ends, hashes] = [this.#ends, this.#hashes];
    this.#ends = new Uint32Array(room);
    this.#ends.set(ends);
    this.#hashes = new Int32Array(room);
    this.#hashes.set(hashes);
    this.#slots = slotsFor(room);
    hashes.forEach((hash, number) => takePlace(this.#slots, hash, number + 1));
  }

  #join(): void {
    this.#text += this.#recent.join("");
    this.#recent = [];
  }
}

/** A power of two, at least half of it free: whoever looks finds a free one soon. */
function slotsFor(room: number): Int32Array {
  let size = 2 * ROOM;
  while (size < 2 * room) size *= 2;
  return new Int32Array(size);
}

function takePlace(slots: Int32Array, hash: number, place: number): void {
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot]) slot = (slot + 1) & mask;
  slots[slot] = place;
}
