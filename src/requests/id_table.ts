/**
 * Ids, found by their texts, without an object for each: a Map of as many
 * strings costs a collector more than all that is asked of it.
 *
 * @module
 */

import { grown } from "../grown.ts";

/** Ids that are packed at a time. */
const RECENT = 1_024;

/** Ids, numbered 0, 1, … in the order in which they came. */
export class IdTable {
  /** How many there are. */
  length = 0;
  /** Nobody can choose ids that all lie in one place without knowing it. */
  readonly #seed = crypto.getRandomValues(new Int32Array(1))[0] as number;
  /** The texts that were looked at, one behind the other. */
  #text = "";
  /** Those behind them: bytes, which lie outside of the heap. */
  #packed: Uint8Array[];
  /** Those behind them. */
  #recent: string[] = [];
  /** Where the text of each id ends, by its number. */
  #ends: Uint32Array;
  #hashes = new Int32Array(16);
  /** The numbers, each raised by 1: where the hash says, or in the next free place behind it. */
  #slots = new Int32Array(32);

  /** Takes over what {@linkcode pack} and {@linkcode ends} of another gave. */
  constructor(
    packed: readonly Uint8Array[] = [],
    ends: Uint32Array = new Uint32Array(16),
  ) {
    this.#packed = [...packed];
    this.#ends = ends;
    if (packed.length === 0) return;
    this.#unpack();
    for (let number = 0; number < ends.length; number++) {
      const start = this.#startOf(number);
      this.#enter(this.#hash(this.#text, start, ends[number] as number));
    }
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
    this.#ends = grown(this.#ends, number + 1);
    this.#ends[number] = this.#startOf(number) + id.length;
    this.#enter(hash);
    this.#recent.push(id);
    if (this.#recent.length < RECENT) return number;
    this.#packed.push(...packed(this.#recent.join("")));
    this.#recent = [];
    return number;
  }

  /** The id that has a number. */
  at(number: number): string {
    const packed = this.length - this.#recent.length;
    if (number >= packed) return this.#recent[number - packed] as string;
    this.#unpack();
    return this.#text.slice(this.#startOf(number), this.#ends[number]);
  }

  /** All texts. */
  pack(): Uint8Array[] {
    const recent = packed(this.#recent.join(""));
    return [...packed(this.#text), ...this.#packed, ...recent];
  }

  /** Where the text of each id ends. */
  get ends(): Uint32Array {
    return this.#ends.slice(0, this.length);
  }

  #unpack(): void {
    for (const bytes of this.#packed) {
      this.#text += JSON.parse(new TextDecoder().decode(bytes));
    }
    this.#packed = [];
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
    const packed = this.length - this.#recent.length;
    if (number >= packed) return this.#recent[number - packed] === id;
    const start = this.#startOf(number);
    if (this.#ends[number] !== start + id.length) return false;
    this.#unpack();
    return this.#text.startsWith(id, start);
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

  /** Gives the next number a place. At least half of the places stay free, so that one is found soon. */
  #enter(hash: number): void {
    this.#hashes = grown(this.#hashes, this.length + 1);
    this.#hashes[this.length++] = hash;
    if (2 * this.length <= this.#slots.length) {
      return takePlace(this.#slots, hash, this.length);
    }
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let number = 0; number < this.length; number++) {
      takePlace(this.#slots, this.#hashes[number] as number, number + 1);
    }
  }
}

function takePlace(slots: Int32Array, hash: number, place: number): void {
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot]) slot = (slot + 1) & mask;
  slots[slot] = place;
}

/** As JSON: half a character is no UTF-8. */
function packed(text: string): Uint8Array[] {
  return text === "" ? [] : [new TextEncoder().encode(JSON.stringify(text))];
}
