/**
 * Finds out what is in an output already, to continue it: neither answers nor
 * anything that someone else wrote is ever overwritten.
 *
 * @module
 */

import { fstatSync, readSync } from "node:fs";
import { UsageError } from "../messages/errors.ts";
import type { RowFormat } from "./format.ts";
import type { About, Ledger } from "./ledger.ts";
import { RowStates } from "./row_states.ts";

const BLOCK = 262_144;

/** What is in an output. */
export interface Held {
  /** What became of each row. */
  states: RowStates;
  /** Where its last complete row ends. */
  end: number;
  /** How many rows it has. */
  rows: number;
  /** Whether a row is there twice: as a failure, and as the answer that came later. */
  hasOutdated: boolean;
  /** Whether its rows are in the order of the input. */
  isSorted: boolean;
  /** The number of its last row; -1 if it has none. */
  lastRow: number;
}

/**
 * Reads what is in an output, and cuts its ledger to that.
 *
 * @param fd The output.
 * @param ledger The output's ledger.
 * @param about What the ledger says is in it.
 * @param format How its rows are written.
 * @returns What is in it; undefined if the ledger says otherwise.
 */
export function readHeld(
  fd: number,
  ledger: Ledger,
  about: About,
  format: RowFormat,
): Held | undefined {
  const { size } = fstatSync(fd);
  const bytes = new Window(fd);
  const header = new TextEncoder().encode(about.header);
  if (!bytes.equal(header.subarray(0, size), 0)) return undefined;
  const rowEnd = new TextEncoder().encode(format.end);
  const held: Held = {
    states: new RowStates(about.rows),
    end: Math.min(header.length, size),
    rows: 0,
    hasOutdated: false,
    isSorted: true,
    lastRow: -1,
  };
  let lineEnd: number | undefined;
  let isCutOff = false;
  for (const entry of ledger.entries()) {
    isCutOff = entry.end > size;
    if (isCutOff) break;
    const { row, ok, end } = entry;
    if (!(row < about.rows) || end <= held.end) return undefined;
    if (!bytes.equal(rowEnd, end - rowEnd.length)) return undefined;
    if (ok && held.states.isFailed(row)) held.hasOutdated = true;
    held.states.add(row, ok);
    held.isSorted &&= row > held.lastRow;
    held.end = end;
    held.rows++;
    held.lastRow = row;
    lineEnd = entry.lineEnd;
  }
  const rest = size - held.end;
  const footer = new TextEncoder().encode(format.footer);
  const isOurs = isCutOff || rest <= footer.length &&
      bytes.equal(footer.subarray(0, rest), held.end);
  if (!isOurs) return undefined;
  ledger.cut(lineEnd);
  return held;
}

/**
 * Refuses an output that belongs to something else.
 *
 * @param path The output.
 * @param found What is in it.
 * @param wanted What will be written.
 * @throws {UsageError} If that differs.
 */
export function checkAbout(path: string, found: About, wanted: About): void {
  const name = (job: string | null) =>
    job === null ? "answers to direct requests" : `results of the job ${job}`;
  if (found.job !== wanted.job) {
    const way = found.job === null
      ? ""
      : `continue it with --job ${found.job}, or `;
    throw new UsageError(
      `${path} has ${name(found.job)}: ${way}name another file`,
    );
  }
  if (found.rows !== wanted.rows) {
    throw new UsageError(
      `${path} has ${
        name(found.job)
      } for an input of ${found.rows} rows, but this one has ${wanted.rows}: name another file`,
    );
  }
  if (found.format === wanted.format && found.header === wanted.header) return;
  throw new UsageError(
    `${path} has ${
      name(found.job)
    } with other columns or in another format: name another file`,
  );
}

/** Reads a file from beginning to end, a block at a time. */
class Window {
  readonly #fd: number;
  readonly #bytes = new Uint8Array(BLOCK);
  #start = 0;
  #length = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Whether the file has these bytes at a position. */
  equal(wanted: Uint8Array, position: number): boolean {
    const isKnown = position >= this.#start &&
      position + wanted.length <= this.#start + this.#length;
    if (!isKnown && wanted.length > 0) {
      this.#start = position;
      this.#length = readSync(this.#fd, this.#bytes, 0, BLOCK, position);
    }
    const at = position - this.#start;
    return wanted.every((byte, i) =>
      at + i < this.#length && this.#bytes[at + i] === byte
    );
  }
}
