/**
 * Beside an output stands which row each of its rows is of, and of which job:
 * `results.csv.job`. What is to be written is noted there first, so that a
 * process that was killed leaves at most half a row that is not noted.
 *
 * Its first line is JSON, the others are "row ok end": the number of the row in
 * the input, 1 for an answer and 0 for a failure, and the byte of the output
 * where it ends.
 *
 * @module
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
} from "node:fs";
import { Buffer } from "node:buffer";
import { writeText } from "./write_text.ts";

const BLOCK = 65_536;

/** What an output holds. */
export interface About {
  /** The version of this format. */
  version: 1;
  /** The job; null if it was asked directly. */
  job: string | null;
  /** The format. */
  format: string;
  /** What stands before the rows; it names the columns. */
  header: string;
  /** How many rows the input has. */
  rows: number;
}

/** A row of an output. */
export interface Entry {
  /** The number of the row in the input. */
  row: number;
  /** Whether it was answered. */
  ok: boolean;
  /** The byte of the output where it ends. */
  end: number;
}

/** Knows the rows of an output. */
export class Ledger {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * @param output The path of an output.
   * @returns Where its ledger stands.
   */
  static pathOf(output: string): string {
    return `${output}.job`;
  }

  /**
   * @param path The path of a ledger.
   * @returns It; undefined if it is not there, or is none.
   */
  static open(path: string): { ledger: Ledger; about: About } | undefined {
    if (!existsSync(path)) return undefined;
    const ledger = new Ledger(openSync(path, "r+"));
    const about = ledger.#readAbout();
    if (about) return { ledger, about };
    ledger.close();
    return undefined;
  }

  /**
   * @param path Where it is to stand.
   * @param about What the output holds.
   * @returns A new one.
   */
  static create(path: string, about: About): Ledger {
    const ledger = new Ledger(openSync(path, "w+"));
    ledger.#append(`${JSON.stringify(about)}\n`);
    return ledger;
  }

  /**
   * Notes rows that are about to be written.
   *
   * @param entries The rows.
   */
  add(entries: readonly Entry[]): void {
    this.#append(
      entries.map(({ row, ok, end }) => `${row} ${ok ? 1 : 0} ${end}\n`)
        .join(""),
    );
  }

  /**
   * @returns All whole lines, each with the byte where it ends.
   */
  *entries(): Generator<Entry & { lineEnd: number }> {
    let lineEnd = 0;
    for (const line of this.#lines()) {
      lineEnd += line.length + 1; // plain ASCII but for the first
      const [row, ok, end] = line.split(" ").map(Number);
      if (lineEnd === line.length + 1) lineEnd = Buffer.byteLength(line) + 1;
      else yield { row: row!, ok: ok === 1, end: end!, lineEnd };
    }
  }

  /** @param lineEnd Where the last line ends that stays; undefined keeps only the first. */
  cut(lineEnd: number | undefined): void {
    const first = this.#lines().next().value ?? "";
    ftruncateSync(this.#fd, lineEnd ?? Buffer.byteLength(first) + 1);
  }

  /** Nothing is noted any more. */
  close(): void {
    closeSync(this.#fd);
  }

  #readAbout(): About | undefined {
    try {
      const about = JSON.parse(this.#lines().next().value ?? "");
      return about.version === 1 ? about : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whole lines, without their ends. */
  *#lines(): Generator<string, undefined> {
    const buffer = new Uint8Array(BLOCK);
    const decoder = new TextDecoder();
    let begun = "";
    for (let at = 0;;) {
      const length = readSync(this.#fd, buffer, 0, BLOCK, at);
      if (length === 0) return;
      at += length;
      const text = decoder.decode(buffer.subarray(0, length), { stream: true });
      const lines = (begun + text).split("\n");
      begun = lines.pop() ?? "";
      yield* lines;
    }
  }

  #append(text: string): void {
    writeText(this.#fd, text, fstatSync(this.#fd).size);
  }
}
