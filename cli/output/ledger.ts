/**
 * The file beside an output, such as `results.csv.job`, that says which job it is
 * of and which row of the input each of its rows belongs to. Rows are noted here
 * before they are written, so a process that is killed leaves none without a note.
 *
 * Its first line is JSON, the others are "row ok end": the number of the row in
 * the input, 1 for an answer or 0 for a failure, and the offset in the output
 * where the row ends.
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

/** What is in an output. */
export interface About {
  /** The version of this format. */
  version: 1;
  /** The job; null for direct requests. */
  job: string | null;
  /** The format. */
  format: string;
  /** What comes before the rows; it names the columns. */
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
  /** The offset in the output where it ends. */
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
   * @returns The path of its ledger.
   */
  static pathOf(output: string): string {
    return `${output}.job`;
  }

  /**
   * @param path The path of a ledger.
   * @returns The ledger; undefined if there is none.
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
   * @param path Where to create it.
   * @param about What is in the output.
   * @returns A new ledger.
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
   * @returns All complete lines, each with the offset where it ends.
   */
  *entries(): Generator<Entry & { lineEnd: number }> {
    let lineEnd = 0;
    for (const line of this.#lines()) {
      lineEnd += line.length + 1; // all but the first are ASCII
      const [row, ok, end] = line.split(" ").map(Number);
      if (lineEnd === line.length + 1) lineEnd = Buffer.byteLength(line) + 1;
      else yield { row: row!, ok: ok === 1, end: end!, lineEnd };
    }
  }

  /** @param lineEnd Where the last line to keep ends; undefined keeps only the first line. */
  cut(lineEnd: number | undefined): void {
    const first = this.#lines().next().value ?? "";
    ftruncateSync(this.#fd, lineEnd ?? Buffer.byteLength(first) + 1);
  }

  /** Closes the file. */
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

  /** Complete lines, without their ends. */
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
