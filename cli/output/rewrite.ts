/**
 * Rewrites an output, in the order of the input or without failures that were
 * answered since, to a file beside it that takes its place.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import type { RowFormat } from "./format.ts";
import { type About, type Entry, Ledger } from "./ledger.ts";

const BLOCK = 262_144;
/** How many rows are noted in one write. */
const NOTED = 1_000;

/** What is rewritten. */
export interface Rewriting {
  /** Where to. */
  path: string;
  /** Where its ledger goes. */
  ledgerPath: string;
  /** The old output. */
  fd: number;
  /** The ledger of the old output. */
  ledger: Ledger;
  /** What is in it. */
  about: About;
  /** How its rows are written. */
  format: RowFormat;
  /** Whether rows are put in input order. */
  isOrdered: boolean;
}

/**
 * Rewrites an output, each row once.
 *
 * @param rewriting What to rewrite.
 */
export function rewrite(rewriting: Rewriting): void {
  const { path, ledgerPath, fd, ledger, about, format } = rewriting;
  const places = new Places(ledger, about, format);
  const rows = rewriting.isOrdered
    ? places.inOrder()
    : places.asTheyStand(ledger);
  const output = new Copy(openSync(path, "w", fstatSync(fd).mode), fd);
  const copied = Ledger.create(ledgerPath, about);
  output.write(format.header);
  let entries: Entry[] = [];
  let separator = "";
  for (const row of rows) {
    output.write(separator);
    separator = format.separator;
    const { start, end, ok } = places.at(row);
    output.copy(start, end);
    entries.push({ row, ok, end: output.size });
    if (entries.length < NOTED) continue;
    copied.add(entries);
    entries = [];
  }
  copied.add(entries);
  output.write(format.footer);
  output.close();
  copied.close();
}

/** Where each row is. */
class Places {
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #answered: Uint8Array;

  constructor(ledger: Ledger, { rows }: About, format: RowFormat) {
    this.#starts = new Float64Array(rows);
    this.#ends = new Float64Array(rows);
    this.#answered = new Uint8Array(rows);
    const separator = Buffer.byteLength(format.separator);
    let start = Buffer.byteLength(format.header);
    for (const { row, ok, end } of ledger.entries()) {
      if (ok || !this.#answered[row]) {
        this.#starts[row] = start;
        this.#ends[row] = end;
        this.#answered[row] = ok ? 1 : 0;
      }
      start = end + separator;
    }
  }

  at(row: number): { start: number; end: number; ok: boolean } {
    return {
      start: this.#starts[row]!,
      end: this.#ends[row]!,
      ok: this.#answered[row] === 1,
    };
  }

  *inOrder(): Generator<number> {
    for (const [row, end] of this.#ends.entries()) if (end > 0) yield row;
  }

  *asTheyStand(ledger: Ledger): Generator<number> {
    for (const { row, end } of ledger.entries()) {
      if (this.#ends[row] === end) yield row;
    }
  }
}

/** Copies pieces of a file into another. */
class Copy {
  /** Bytes so far. */
  size = 0;
  readonly #to: number;
  readonly #from: number;
  readonly #buffer = new Uint8Array(BLOCK);
  #length = 0;

  constructor(to: number, from: number) {
    this.#to = to;
    this.#from = from;
  }

  write(text: string): void {
    for (const byte of Buffer.from(text)) {
      if (this.#length === BLOCK) this.#flush();
      this.#buffer[this.#length++] = byte;
      this.size++;
    }
  }

  copy(start: number, end: number): void {
    for (let at = start; at < end;) {
      if (this.#length === BLOCK) this.#flush();
      const most = Math.min(end - at, BLOCK - this.#length);
      const length = readSync(this.#from, this.#buffer, this.#length, most, at);
      if (length === 0) throw new Error("The output has become shorter");
      this.#length += length;
      this.size += length;
      at += length;
    }
  }

  close(): void {
    this.#flush();
    closeSync(this.#to);
  }

  #flush(): void {
    for (let at = 0; at < this.#length;) {
      at += writeSync(this.#to, this.#buffer, at, this.#length - at);
    }
    this.#length = 0;
  }
}
