/**
 * A file of rows. It grows as results come in, and continues after a kill.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  truncateSync,
} from "node:fs";
import type { Endpoint, Result } from "../../mod.ts";
import { UsageError } from "../messages/errors.ts";
import type { Input } from "../input/input.ts";
import { lock } from "../files/lock.ts";
import type { Sink } from "./sink.ts";
import type { RowFormat } from "./format.ts";
import { type About, type Entry, Ledger } from "./ledger.ts";
import { checkAbout, type Held, readHeld } from "./resume.ts";
import { rewrite } from "./rewrite.ts";
import { RowStates } from "./row_states.ts";
import { writeText } from "./write_text.ts";

/** Bytes that are collected before they are written. */
const BLOCK = 65_536;

/** What goes into a file. */
export interface FileOptions {
  /** How rows are written. */
  format: RowFormat;
  /** The format's name. */
  formatName: string;
  /** The job; undefined for direct requests. */
  job: string | undefined;
  /** The input, which has the rows. */
  input: Input;
  /** Whether rows are put in input order at the end. */
  isOrdered: boolean;
}

/**
 * Opens a file for rows.
 *
 * @param path The file; it is created if it doesn't exist.
 * @param options What goes into it.
 * @returns Takes results.
 * @throws {UsageError} If the file has something else in it, or another process is writing it.
 */
export function openRowFile(path: string, options: FileOptions): Sink {
  const isNew = !existsSync(path);
  // A file opened for appending can only be written at its end.
  closeSync(openSync(path, "a"));
  const fd = openSync(path, "r+");
  let unlock = () => {};
  try {
    unlock = lock(path);
    return new RowFile({ path, isNew }, fd, options, unlock);
  } catch (error) {
    closeSync(fd);
    if (isNew) rmSync(path);
    unlock();
    throw error;
  }
}

class RowFile implements Sink {
  readonly keeps = true;
  readonly #path: string;
  readonly #isNew: boolean;
  readonly #fd: number;
  readonly #options: FileOptions;
  readonly #unlock: () => void;
  readonly #ledger: Ledger;
  readonly #held: Held;
  readonly #about: About;
  /** Rows that aren't written yet. */
  #entries: Entry[] = [];
  #text: string[] = [];
  #length = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  #isFinished = false;
  #failure: { error: unknown } | undefined;

  constructor(
    { path: name, isNew }: { path: string; isNew: boolean },
    fd: number,
    options: FileOptions,
    unlock: () => void,
  ) {
    this.#path = realpathSync(name);
    this.#isNew = isNew;
    this.#fd = fd;
    this.#options = options;
    this.#unlock = unlock;
    const { format, formatName, job = null, input } = options;
    const { header } = format;
    const rows = input.table.size;
    this.#about = { version: 1, job, format: formatName, header, rows };
    const found = this.#findLedger(name) ?? this.#begin();
    [this.#ledger, this.#held] = found;
    ftruncateSync(fd, this.#held.end);
    const missing = header.slice(0, this.#held.rows > 0 ? 0 : undefined);
    if (missing) this.#held.end = writeText(fd, missing, 0);
  }

  get held(): number {
    return this.#held.states.answered;
  }

  has(id: string): boolean {
    const row = this.#options.input.rowOf(id);
    return row !== undefined && this.#held.states.isAnswered(row);
  }

  /** Rows that are there stay. */
  begin(): void {}

  write(result: Result<Endpoint>): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    const { input, format } = this.#options;
    const row = input.rowOf(result.id);
    if (row === undefined) {
      return Promise.reject(isOfAnotherInput(result.id, input));
    }
    const { states } = this.#held;
    const hadFailed = states.isFailed(row);
    if (!states.add(row, result.ok)) return Promise.resolve();
    if (hadFailed) this.#held.hasOutdated = true;
    const text = format.write(result, row);
    if (text !== undefined) this.#add(text, row, result.ok);
    return Promise.resolve();
  }

  finish(): Promise<void> {
    this.#flush();
    const { hasOutdated, isSorted } = this.#held;
    const { isOrdered } = this.#options;
    this.#isFinished = true;
    if (hasOutdated || (isOrdered && !isSorted)) this.#rewrite();
    return Promise.resolve();
  }

  close(): void {
    try {
      if (!this.#failure && !this.#isClosed) this.#end();
    } finally {
      clearTimeout(this.#timer);
      this.#closeFiles();
      this.#unlock();
    }
  }

  /** A run without any result, as with a wrong key, leaves no new file behind. */
  #end(): void {
    this.#flush();
    const { rows, end } = this.#held;
    if (rows > 0 || this.#isFinished) {
      writeText(this.#fd, this.#options.format.footer, end);
      return;
    }
    this.#closeFiles();
    rmSync(Ledger.pathOf(this.#path));
    if (this.#isNew) rmSync(this.#path);
    else truncateSync(this.#path, 0);
  }

  #closeFiles(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ledger.close();
    closeSync(this.#fd);
  }

  /** A process that is killed meanwhile leaves the old file or the new one, with its ledger. */
  #rewrite(): void {
    const { format, isOrdered } = this.#options;
    const path = `${this.#path}.new`;
    const ledgerPath = `${Ledger.pathOf(this.#path)}.new`;
    rewrite({
      path,
      ledgerPath,
      fd: this.#fd,
      ledger: this.#ledger,
      about: this.#about,
      format,
      isOrdered,
    });
    this.#closeFiles(); // Windows replaces no file that is open
    renameSync(path, this.#path);
    renameSync(ledgerPath, Ledger.pathOf(this.#path));
  }

  /** The ledger of the file; undefined if the file is empty. */
  #findLedger(name: string): [Ledger, Held] | undefined {
    const { size } = fstatSync(this.#fd);
    if (size === 0) return undefined;
    const path = Ledger.pathOf(this.#path);
    // The second one is there if a process was killed while it rewrote the file.
    for (const place of [path, `${path}.new`]) {
      const found = Ledger.open(place);
      if (!found) continue;
      const { ledger, about } = found;
      try {
        checkAbout(name, about, this.#about);
        const held = readHeld(this.#fd, ledger, about, this.#options.format);
        if (held) {
          if (place !== path) renameSync(place, path);
          return [ledger, held];
        }
      } catch (error) {
        ledger.close();
        throw error;
      }
      ledger.close();
    }
    throw isSomethingElse(name, existsSync(path));
  }

  #begin(): [Ledger, Held] {
    const path = Ledger.pathOf(this.#path);
    rmSync(`${path}.new`, { force: true });
    const states = new RowStates(this.#about.rows);
    return [Ledger.create(path, this.#about), {
      states,
      end: 0,
      rows: 0,
      hasOutdated: false,
      isSorted: true,
      lastRow: -1,
    }];
  }

  #add(text: string, row: number, ok: boolean): void {
    const { separator } = this.#options.format;
    const held = this.#held;
    const whole = held.rows > 0 ? separator + text : text;
    held.isSorted &&= row > held.lastRow;
    held.lastRow = row;
    held.rows++;
    this.#length += Buffer.byteLength(whole);
    this.#text.push(whole);
    this.#entries.push({ row, ok, end: held.end + this.#length });
    if (this.#length >= BLOCK) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flushLater());
  }

  /** Results come in blocks, which are written together. */
  #flushLater(): void {
    try {
      this.#flush();
    } catch {
      // The next write throws it.
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#failure) throw this.#failure.error;
    if (this.#entries.length === 0) return;
    try {
      this.#ledger.add(this.#entries);
      const text = this.#text.join("");
      this.#held.end = writeText(this.#fd, text, this.#held.end);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
    this.#entries = [];
    this.#text = [];
    this.#length = 0;
  }
}

function isSomethingElse(path: string, hasLedger: boolean): UsageError {
  return new UsageError(
    hasLedger
      ? `${path} was changed since it was written, so it can't be continued: name another file`
      : `${path} exists already and can't be continued, because ${
        Ledger.pathOf(path)
      } is missing: name another file`,
  );
}

function isOfAnotherInput(id: string, { table }: Input): UsageError {
  return new UsageError(
    `The job has a result for ${
      JSON.stringify(id)
    }, but ${table.name} has no such row: use the input that the job was started with`,
  );
}
