/**
 * An input as rows: read in blocks from first to last, or one by one by their
 * numbers. All that is kept in memory is the offset where each row begins.
 *
 * @module
 */

import { UsageError } from "../messages/errors.ts";
import type { Bytes } from "./bytes.ts";
import { CsvSplitter, findDialect } from "./csv.ts";
import type { InputFormat } from "./format.ts";
import { ArraySplitter, BROKEN } from "./json.ts";
import { JSON_LINES, LINES } from "./lines.ts";
import { Offsets } from "./offsets.ts";
import { withExactNumbers } from "./exact.ts";
import { readHead } from "./head.ts";
import { decode, type Found, readBlocks } from "./reader.ts";
import { type Splitter, UNCLOSED } from "./record.ts";

/** Bytes that are read ahead when rows are read in order. */
const AHEAD = 65_536;
const NO_VALUES: readonly unknown[] = [];

/** A row. */
export interface Row {
  /** Its number, from 0; the header has none. */
  index: number;
  /** The line of the input where it begins, from 1. */
  line: number;
  /** Its text in the input, without its end. */
  text: string;
  /** In the order of the columns: strings in a table, anything in JSON. */
  values: readonly unknown[];
  /** Its JSON value; undefined for tables and text. */
  record: unknown;
  /** Why it can't be used, to follow "row 3": "has 2 fields, the header has 3". */
  problem?: string;
}

/** How an input is read. */
export interface TableOptions {
  /** Its format. */
  format: InputFormat;
  /** What separates fields. @default detected */
  delimiter?: string | undefined;
  /** Whether it is one JSON array rather than a value per line. @default by the format */
  isArray?: boolean | undefined;
}

/** An input as rows. */
export class Table {
  /** The name for messages. */
  readonly name: string;
  /** The folder that relative paths in it start from. */
  readonly folder: string;
  /** Its format. */
  readonly format: InputFormat;
  /** What separates its fields; undefined if it has none. */
  readonly delimiter: string | undefined;
  readonly #bytes: Bytes;
  readonly #start: number;
  readonly #open: () => Splitter;
  readonly #one: Splitter;
  readonly #columns: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #trimmed = new Map<string, number>();
  readonly #offsets = new Offsets();
  /** Whether all rows have been read. */
  #isKnown = false;
  #ahead = new Uint8Array(AHEAD);
  #aheadStart = 0;
  #aheadLength = 0;

  /**
   * @param bytes The input, which the table closes.
   * @param options How it is read.
   * @throws {UsageError} If it has no header, or isn't UTF-8.
   */
  constructor(bytes: Bytes, options: TableOptions) {
    const { format, delimiter, isArray = format === "json" } = options;
    const { start, text, isEnd } = readHead(bytes);
    this.name = bytes.name;
    this.folder = bytes.folder;
    this.format = format;
    this.#bytes = bytes;
    this.#start = start;
    if (format === "csv" || format === "tsv") {
      const tab = format === "tsv" ? "\t" : undefined;
      const dialect = findDialect(text, isEnd, delimiter ?? tab);
      this.delimiter = dialect.delimiter;
      this.#readHeader(new CsvSplitter(dialect));
      const splitter = new CsvSplitter(dialect, this.#columns.length);
      this.#open = () => splitter;
    } else if (format === "text") {
      this.#open = () => LINES;
      this.#addColumn("line");
    } else {
      this.#open = isArray ? () => new ArraySplitter() : () => JSON_LINES;
    }
    this.#one = this.#open();
  }

  /** The names of the columns. Those of JSON are known once all rows have been read. */
  get columns(): readonly string[] {
    return this.#columns;
  }

  /** How many rows it has, once all have been read. */
  get size(): number {
    return this.#offsets.length;
  }

  /** Whether columns are known before the rows. */
  get hasHeader(): boolean {
    return this.delimiter !== undefined || this.format === "text";
  }

  /**
   * Reads all rows.
   *
   * @returns Blocks of rows, including those that can't be used.
   * @throws {UsageError} If the next row can't be found.
   */
  *blocks(): Generator<Row[]> {
    let isHeader = this.delimiter !== undefined;
    let index = 0;
    for (const found of readBlocks(this.#bytes, this.#open(), this.#start)) {
      const block = isHeader ? found.slice(1) : found;
      isHeader = false;
      yield block.map((record) => this.#toRow(record, index++));
    }
    this.#isKnown = true;
  }

  /**
   * Reads a row, once all have been read.
   *
   * @param index Its number.
   * @returns The row, without its line.
   * @throws {RangeError} If there is no such row.
   */
  row(index: number): Row {
    const start = this.#offsets.at(index);
    if (start === undefined) throw new RangeError(`There is no row ${index}`);
    const end = this.#offsets.at(index + 1) ?? this.#bytes.size;
    const raw = decode(this.#read(start, end)) ?? "";
    const { values, problem, end: stop } = this.#one.first(raw);
    const text = raw.slice(0, stop);
    const found: Found = { position: start, line: 0, text, values };
    return this.#toRow(problem ? { ...found, problem } : found, index);
  }

  /**
   * @param row A row.
   * @param column The name of a column, with or without the blanks around it.
   * @returns The row's value in it; undefined if it has none.
   */
  valueOf(row: Row, column: string): unknown {
    const place = this.#places.get(column) ?? this.#trimmed.get(column);
    return place === undefined ? undefined : row.values[place];
  }

  /**
   * @param row A row.
   * @returns The row as a JSON object, in one line. What is JSON already stays as it is.
   */
  jsonOf({ text, values, record }: Row): string {
    // JSON has no line breaks within strings.
    if (record !== undefined) return text.replace(/[\r\n]+\s*/g, " ");
    return JSON.stringify(Object.fromEntries(
      this.#columns.map((name, place) => [name, values[place]]),
    ));
  }

  /** Closes the input. */
  close(): void {
    this.#bytes.close();
  }

  #readHeader(splitter: Splitter): void {
    const [block] = readBlocks(this.#bytes, splitter, this.#start);
    const header = block?.[0];
    if (header === undefined) {
      throw new UsageError(
        `${this.name} is empty: its first line must name the columns`,
      );
    }
    if (header.problem !== undefined) {
      throw new UsageError(`${this.name}: the header ${header.problem}`);
    }
    for (const name of header.values) this.#addColumn(`${name}`);
  }

  #addColumn(name: string): number {
    const at = this.#columns.push(name) - 1;
    this.#places.set(name, at);
    this.#trimmed.set(name.trim(), at);
    return at;
  }

  #toRow({ position, line, text, values, problem }: Found, index: number): Row {
    if (!this.#isKnown && index === this.size) this.#offsets.push(position);
    if (problem === UNCLOSED || problem === BROKEN) {
      throw new UsageError(
        `${this.name}, line ${line} ${problem}`,
      );
    }
    const row = { index, line, text, values, record: undefined };
    if (problem !== undefined) return { ...row, values: NO_VALUES, problem };
    if (this.hasHeader) return row;
    const [record] = values;
    if (this.format === "requests") return { ...row, record };
    if (!isObject(record)) {
      return { ...row, values: NO_VALUES, problem: "isn't a JSON object" };
    }
    const exact = withExactNumbers(text);
    const read = exact === text ? record : JSON.parse(exact);
    return { ...row, values: this.#valuesOf(read), record };
  }

  #valuesOf(record: object): unknown[] {
    const values: unknown[] = [];
    for (const [name, value] of Object.entries(record)) {
      values[this.#places.get(name) ?? this.#addColumn(name)] = value;
    }
    return values;
  }

  /** Reads ahead, for the rows that follow. The bytes are valid until the next call. */
  #read(start: number, end: number): Uint8Array {
    const length = end - start;
    const from = start - this.#aheadStart;
    const isKnown = from >= 0 && from + length <= this.#aheadLength;
    if (isKnown) return this.#ahead.subarray(from, from + length);
    const isNext = from >= 0 && from <= this.#aheadLength + AHEAD;
    if (length > this.#ahead.length) this.#ahead = new Uint8Array(length);
    const wanted = this.#ahead.subarray(0, isNext ? undefined : length);
    this.#aheadStart = start;
    this.#aheadLength = this.#bytes.read(wanted, start);
    return wanted.subarray(0, Math.min(length, this.#aheadLength));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
