/**
 * Where results go: stdout, a pipe, or a file that may have some of them already.
 *
 * @module
 */

import {
  closeSync,
  createReadStream,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  writeSync,
} from "node:fs";
import type { Endpoint, Result } from "../../mod.ts";
import type { Call } from "../commands/command.ts";
import { UsageError } from "../messages/errors.ts";
import { CSV, type Format, TSV } from "./result_lines.ts";
import type { Output } from "../io.ts";
import { readLines } from "../files/lines.ts";
import { lock } from "../files/lock.ts";
import { openPrinter } from "./printer.ts";
import { printable } from "../../src/printable.ts";

/** Takes results. */
export interface Sink {
  /** How many answers it has already. */
  readonly held: number;
  /** Whether a later process can read what this one has written. */
  readonly keeps: boolean;
  /** Called before the first result: whatever is rewritten can be dropped now. */
  begin(): void;
  /** Writes a result, unless it has it already. */
  write(result: Result<Endpoint>): Promise<void>;
  /**
   * @param id The id of a request.
   * @returns Whether it has the answer already.
   */
  has(id: string): boolean;
  /** Called after the last result. */
  finish(): Promise<void>;
  /** Closes it. */
  close(): void;
}

/** What a sink is for. */
export interface SinkOptions {
  /** How results are written. */
  format: Format;
  /** Their job; undefined for direct requests. */
  job: string | undefined;
  /** Whether the old content of the file is dropped. */
  anew?: boolean;
}

/**
 * Opens a path for results. Only a file is read, continued and locked; to anything
 * else, such as a pipe, results are just printed.
 *
 * @param path The file, pipe, terminal or device.
 * @param options What is written.
 * @param call The command.
 * @returns The sink.
 * @throws {UsageError} If the file has something else in it, or another process is writing it.
 */
export async function openSink(
  path: string,
  options: SinkOptions,
  call: Call,
): Promise<Sink> {
  const printer = await openPrinter(path, call);
  if (!printer) return await openFile(path, options);
  return { ...printTo(printer.output, options), close: printer.close };
}

/**
 * @param output Where to print.
 * @param options What is printed.
 * @returns A sink that keeps nothing.
 */
export function printTo(output: Output, { format, job }: SinkOptions): Sink {
  let head = format.header;
  return {
    held: 0,
    has: () => false,
    keeps: false,
    begin: () => {},
    write: async (result) => {
      const line = format.write(result, job);
      if (line === undefined) return;
      const text = head + line;
      await output.write(output.isTerminal ? onTerminal(text) : text);
      head = "";
    },
    finish: () => Promise.resolve(),
    close: () => {},
  };
}

/** A file gets each answer unchanged; a terminal would obey its control characters. */
export function onTerminal(text: string): string {
  return printable(text.replaceAll("\r\n", "\n"));
}

/**
 * Opens a file for results. Results of the same job stay, except that half a line
 * at the end, left by a process that was killed, is cut off. Failures may have
 * been answered since: they are dropped as soon as there are results, and come
 * again if they still are failures.
 *
 * @param path The file; it is created if it doesn't exist.
 * @param options What is written.
 * @returns The sink.
 * @throws {UsageError} If the file has something else in it, or another process is writing it.
 */
async function openFile(
  path: string,
  { format, job, anew = false }: SinkOptions,
): Promise<Sink> {
  const fd = openSync(path, "a+");
  let unlock = () => {};
  try {
    unlock = lock(path);
    const held = await readHeld(path, format, job);
    if (held.end < fstatSync(fd).size) ftruncateSync(fd, held.end);
    const whole = { start: 0, end: held.end };
    const old = anew && held.end > 0 ? [whole] : held.failures;
    const ids = anew ? new Set<string>() : held.ids;
    const file = { path: realpathSync(path), fd };
    return new FileSink(file, { format, job }, ids, old, unlock);
  } catch (error) {
    closeSync(fd);
    unlock();
    throw error;
  }
}

/** Bytes of a file. */
interface Span {
  start: number;
  end: number;
}

class FileSink implements Sink {
  readonly keeps = true;
  readonly #ids: ReadonlySet<string>;
  readonly #path: string;
  #fd: number;
  readonly #format: Format;
  readonly #job: string | undefined;
  /** What to drop once there are results. */
  #old: readonly Span[];
  readonly #unlock: () => void;

  constructor(
    { path, fd }: { path: string; fd: number },
    { format, job }: SinkOptions,
    ids: ReadonlySet<string>,
    old: readonly Span[],
    unlock: () => void,
  ) {
    this.#path = path;
    this.#fd = fd;
    this.#format = format;
    this.#job = job;
    this.#ids = ids;
    this.#old = old;
    this.#unlock = unlock;
  }

  get held(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  begin(): void {
    const old = this.#old;
    this.#old = [];
    if (old.length > 0) this.#drop(old);
    if (fstatSync(this.#fd).size === 0) this.#append(this.#format.header);
  }

  write(result: Result<Endpoint>): Promise<void> {
    if (!this.#ids.has(result.id)) {
      this.#append(this.#format.write(result, this.#job) ?? "");
    }
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    closeSync(this.#fd);
    this.#unlock();
  }

  /** Writes the rest to a file beside it and renames that: a process that is killed meanwhile leaves the old file or the new one. */
  #drop(spans: readonly Span[]): void {
    const { size, mode } = fstatSync(this.#fd);
    const [first] = spans;
    const isAll = first!.start === 0 && first!.end === size;
    if (isAll) return ftruncateSync(this.#fd, 0);
    const beside = `${this.#path}.new`;
    const to = openSync(beside, "w", mode);
    let start = 0;
    for (const span of [...spans, { start: size, end: size }]) {
      copy(this.#fd, { start, end: span.start }, to);
      start = span.end;
    }
    closeSync(to);
    closeSync(this.#fd); // Windows replaces no file that is open
    renameSync(beside, this.#path);
    this.#fd = openSync(this.#path, "a+");
  }

  /** In one piece, so that a process that is killed leaves whole lines. */
  #append(text: string): void {
    writeAll(this.#fd, new TextEncoder().encode(text));
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

const BLOCK = 262_144;

function copy(from: number, { start, end }: Span, to: number): void {
  const buffer = new Uint8Array(Math.min(BLOCK, end - start));
  for (let at = start; at < end;) {
    const most = Math.min(buffer.length, end - at);
    const length = readSync(from, buffer, 0, most, at);
    if (length === 0) throw new Error("The output has become shorter");
    writeAll(to, buffer.subarray(0, length));
    at += length;
  }
}

interface Held {
  /** What needn't be written again: answers, and failures too if there is no job. */
  ids: Set<string>;
  /** Where the others are. */
  failures: Span[];
  /** Where the last whole record ends, bytes. */
  end: number;
}

async function readHeld(
  path: string,
  format: Format,
  job: string | undefined,
): Promise<Held> {
  const held: Held = { ids: new Set(), failures: [], end: 0 };
  const encoder = new TextEncoder();
  for await (const { record, isWhole } of readRecords(path, format)) {
    const isFirst = held.end === 0;
    if (isFirst && !isBegun(record, format)) throw isSomethingElse(path);
    if (!isWhole) break;
    const start = held.end;
    held.end += encoder.encode(record).length;
    if (isFirst && record === format.header) continue;
    const written = format.read?.(record);
    if (!written) throw isSomethingElse(path);
    if (written.job !== job) throw isOfAnotherJob(path, written.job);
    const isKept = written.ok || job === undefined;
    if (isKept) held.ids.add(written.id);
    else held.failures.push({ start, end: held.end });
  }
  return held;
}

/** Whether a first record, or half of one, may be in a format. */
function isBegun(record: string, { start, read }: Format): boolean {
  if (!read) return false;
  return record.startsWith(start) || start.startsWith(record);
}

function isSomethingElse(path: string): UsageError {
  return new UsageError(
    `${path} exists already and can't be continued in this format: name another file`,
  );
}

function isOfAnotherJob(path: string, job: string | undefined): UsageError {
  const way = job === undefined ? "" : `continue it with --job ${job}, or `;
  return new UsageError(
    `${path} has results of ${
      job === undefined ? "no job" : `the job ${job}`
    }: ${way}name another file`,
  );
}

/** Records with their line ends; in CSV one may span several lines. Only the last may be incomplete. */
async function* readRecords(
  path: string,
  format: Format,
): AsyncGenerator<{ record: string; isWhole: boolean }> {
  let lines: string[] = [];
  let isQuoted = false;
  for await (const line of readLines(createReadStream(path))) {
    lines.push(line);
    if ((format === CSV || format === TSV) && hasOddQuotes(line)) {
      isQuoted = !isQuoted;
    }
    if (isQuoted || !line.endsWith("\n")) continue;
    yield { record: lines.join(""), isWhole: true };
    lines = [];
  }
  if (lines.length > 0) yield { record: lines.join(""), isWhole: false };
}

function hasOddQuotes(line: string): boolean {
  return line.split('"').length % 2 === 0;
}
