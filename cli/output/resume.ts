/**
 * Finds out what an output holds already, so that it goes on: nothing that was
 * answered is overwritten, and nothing that somebody else wrote.
 *
 * @module
 */

import { fstatSync, readSync } from "node:fs";
import { UsageError } from "../messages/errors.ts";
import type { RowFormat } from "./format.ts";
import type { About, Ledger } from "./ledger.ts";
import { RowStates } from "./row_states.ts";

const BLOCK = 262_144;

/** What an output holds. */
export interface Held {
  /** What became of each row. */
  states: RowStates;
  /** Where its last whole row ends. */
  end: number;
  /** How many rows it has. */
  rows: number;
  /** Whether a row is there twice: a failure, and the answer that came later. */
  hasOutdated: boolean;
  /** Whether its rows are in the order of the input. */
  isSorted: boolean;
  /** The number of its last row; -1 if it has none. */
  lastRow: number;
}

/**
 * Reads what an output holds, and cuts its ledger to that.
 *
 * @param fd The output.
 * @param ledger Knows its rows.
 * @param about What it holds.
 * @param format How its rows are written.
 * @returns What it holds; undefined if it is not as the ledger says.
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
 * Refuses an output that is of something else.
 *
 * @param path The output.
 * @param found What it holds.
 * @param wanted What is to be written.
 * @throws {UsageError} If that differs.
 */
export function checkAbout(path: string, found: About, wanted: About): void {
  const name = (job: string | null) =>
    job === null
      ? "answers that were asked directly"
      : `results of the job ${job}`;
  if (found.job !== wanted.job) {
    const way = found.job === null ? "" : `go on with --job ${found.job}, or `;
    throw new UsageError(
      `${path} holds ${name(found.job)}: ${way}name another file`,
    );
  }
  if (found.rows !== wanted.rows) {
    throw new UsageError(
      `${path} holds ${
        name(found.job)
      } to an input of ${found.rows} rows, and this one has ${wanted.rows}: name another file`,
    );
  }
  if (found.format === wanted.format && found.header === wanted.header) return;
  throw new UsageError(
    `${path} holds ${
      name(found.job)
    } with other columns or in another format: name another file`,
  );
}

/** Reads a file from its beginning to its end, a block at a time. */
class Window {
  readonly #fd: number;
  readonly #bytes = new Uint8Array(BLOCK);
  #start = 0;
  #length = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Whether some bytes stand at a place. */
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
