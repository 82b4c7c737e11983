/**
 * CSV (RFC 4180) and its dialects: any delimiter, the line breaks of every system,
 * line breaks and delimiters within quotes.
 *
 * A quote opens a field only as its first character. Elsewhere it is an ordinary
 * character, as in `5" pipe`; spreadsheets and Python read it the same way.
 *
 * @module
 */

import {
  firstOf,
  type Split,
  type Splitter,
  type TextRecord,
  UNCLOSED,
} from "./record.ts";

const CR = 13;
const QUOTE = 34;

/** The delimiters that are tried, the likelier ones first. */
const DELIMITERS = [",", ";", "\t", "|"];
/** What ends a row, after a carriage return or without. Only very old systems used `\r` alone. */
type LineEnd = "\n" | "\r";
/** How many rows are used to judge a delimiter. */
const JUDGED_ROWS = 100;

/** What separates fields, and rows. */
export interface Dialect {
  /** One character. */
  delimiter: string;
  /** What ends a row, with a carriage return before it or without. */
  lineEnd: LineEnd;
}

/** Finds the rows of CSV. Empty lines are skipped. */
export class CsvSplitter implements Splitter {
  readonly #dialect: Dialect;
  readonly #fields: number | undefined;

  /**
   * @param dialect What separates fields and rows.
   * @param fields How many fields a row must have. @default any number
   */
  constructor(dialect: Dialect, fields?: number) {
    this.#dialect = dialect;
    this.#fields = fields;
  }

  /**
   * Splits a text that begins with a row.
   *
   * @param text The text.
   * @param isEnd Whether it is the last of its input.
   * @returns The rows.
   */
  split(text: string, isEnd: boolean): Split {
    const cursor = new Cursor(text, this.#dialect, isEnd);
    const records: TextRecord[] = [];
    let consumed = 0;
    let lines = 0;
    while (cursor.at < text.length) {
      const { at: start, line } = cursor;
      const values: string[] = [];
      const problem = cursor.readRow(values);
      if (cursor.isCutOff) break;
      consumed = cursor.at;
      lines = cursor.line;
      if (cursor.end === start) continue;
      const record: TextRecord = { start, end: cursor.end, line, values };
      const why = problem ?? this.#countProblem(values.length);
      if (why !== undefined) record.problem = why;
      records.push(record);
    }
    return { records, consumed, lines };
  }

  /**
   * Reads a row that was found before.
   *
   * @param text The row, and what may follow.
   * @returns The row.
   */
  first(text: string): TextRecord {
    return firstOf(this, text);
  }

  #countProblem(count: number): string | undefined {
    const wanted = this.#fields;
    if (wanted === undefined || count === wanted) return undefined;
    return `has ${count} ${
      count === 1 ? "field" : "fields"
    }, the header has ${wanted}`;
  }
}

/**
 * A position in a text. The next delimiter and the next line break are searched
 * for once each, by `indexOf`, which is several times as fast as a loop.
 */
class Cursor {
  /** The next character. */
  at = 0;
  /** Line breaks before it. */
  line = 0;
  /** Where the last row ended, without its line break. */
  end = 0;
  /** Whether the text ended in the middle of the last row. */
  isCutOff = false;
  readonly #text: string;
  readonly #delimiter: string;
  readonly #delimiterCode: number;
  readonly #isEnd: boolean;
  readonly #lineEnd: LineEnd;
  #nextDelimiter = -1;
  #nextLineEnd = -1;

  constructor(text: string, { delimiter, lineEnd }: Dialect, isEnd: boolean) {
    this.#text = text;
    this.#delimiter = delimiter;
    this.#delimiterCode = delimiter.charCodeAt(0);
    this.#isEnd = isEnd;
    this.#lineEnd = lineEnd;
  }

  /** Reads a row's fields and its end. Returns what is wrong with it. */
  readRow(values: string[]): string | undefined {
    let problem: string | undefined;
    while (true) {
      const isQuoted = this.#text.charCodeAt(this.at) === QUOTE;
      if (isQuoted) problem = this.#readQuoted(values) ?? problem;
      else this.#readPlain(values);
      if (this.isCutOff) return undefined;
      if (this.#text.charCodeAt(this.at) !== this.#delimiterCode) break;
      this.at++;
    }
    this.#readLineEnd();
    return problem;
  }

  #readPlain(values: string[]): void {
    const stop = this.#plainEnd();
    values.push(this.#text.slice(this.at, stop));
    this.at = stop;
  }

  /** Where a field without quotes ends. */
  #plainEnd(): number {
    const lineEnd = this.#findLineEnd();
    const delimiter = this.#findDelimiter();
    if (delimiter < lineEnd) return delimiter;
    const isReturn = lineEnd > this.at && this.#lineEnd === "\n" &&
      this.#text.charCodeAt(lineEnd - 1) === CR;
    return isReturn ? lineEnd - 1 : lineEnd;
  }

  #readQuoted(values: string[]): string | undefined {
    const text = this.#text;
    const start = this.at + 1;
    let close = text.indexOf('"', start);
    let hasQuotes = false;
    while (close >= 0 && text.charCodeAt(close + 1) === QUOTE) {
      hasQuotes = true;
      close = text.indexOf('"', close + 2);
    }
    if (close < 0) return this.#readUnclosed(values, start);
    this.#countLines(close);
    const value = text.slice(start, close);
    values.push(hasQuotes ? value.replaceAll('""', '"') : value);
    this.at = close + 1;
    if (this.#isFieldEnd()) return undefined;
    this.at = this.#plainEnd();
    return "has text after a closing quote (a quote within a field is written twice)";
  }

  #readUnclosed(values: string[], start: number): string | undefined {
    this.isCutOff = !this.#isEnd;
    this.#countLines(this.#text.length);
    values.push(this.#text.slice(start));
    this.at = this.#text.length;
    return UNCLOSED;
  }

  #isFieldEnd(): boolean {
    const text = this.#text;
    const isReturn = text.charCodeAt(this.at) === CR && this.#lineEnd === "\n";
    const at = isReturn ? this.at + 1 : this.at;
    if (at === text.length || text[at] === this.#lineEnd) return true;
    return !isReturn && text.charCodeAt(at) === this.#delimiterCode;
  }

  #readLineEnd(): void {
    const text = this.#text;
    this.end = this.at;
    if (text.charCodeAt(this.at) === CR && this.#lineEnd === "\n") this.at++;
    if (this.at < text.length) {
      this.at++;
      this.line++;
    } else if (!this.#isEnd) this.isCutOff = true;
  }

  #countLines(until: number): void {
    for (
      let next = this.#findLineEnd();
      next < until;
      next = this.#findLineEnd()
    ) {
      this.line++;
      this.at = next + 1;
    }
  }

  #findLineEnd(): number {
    if (this.#nextLineEnd < this.at) {
      this.#nextLineEnd = orEnd(this.#text, this.#lineEnd, this.at);
    }
    return this.#nextLineEnd;
  }

  #findDelimiter(): number {
    if (this.#nextDelimiter < this.at) {
      this.#nextDelimiter = orEnd(this.#text, this.#delimiter, this.at);
    }
    return this.#nextDelimiter;
  }
}

function orEnd(text: string, part: string, from: number): number {
  const found = text.indexOf(part, from);
  return found < 0 ? text.length : found;
}

/**
 * Detects the line end and the delimiter: the character with which most rows have
 * as many fields as the header, and more than one.
 *
 * @param text The beginning of a file.
 * @param isEnd Whether it is the whole of it.
 * @param delimiter The delimiter, if it is known.
 * @returns Both; the delimiter is a comma if there is only one column.
 */
export function findDialect(
  text: string,
  isEnd: boolean,
  delimiter?: string,
): Dialect {
  const lineEnd = text.includes("\n") || !text.includes("\r") ? "\n" : "\r";
  if (delimiter !== undefined) return { delimiter, lineEnd };
  let best = DELIMITERS[0]!;
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const score = scoreOf({ delimiter, lineEnd }, text, isEnd);
    if (score > most) [best, most] = [delimiter, score];
  }
  return { delimiter: best, lineEnd };
}

function scoreOf(dialect: Dialect, text: string, isEnd: boolean): number {
  const { records } = new CsvSplitter(dialect).split(text, isEnd);
  const judged = records.slice(0, JUDGED_ROWS);
  const fields = judged[0]?.values.length ?? 1;
  if (fields === 1 || judged[0]?.problem !== undefined) return 0;
  const alike = judged.filter(({ values, problem }) =>
    values.length === fields && problem === undefined
  );
  // A comma followed by a space is usually part of a text.
  const spaced = alike.filter(({ values }) =>
    values.some((value) => `${value}`.startsWith(" "))
  );
  const share = (alike.length - spaced.length / 4) / judged.length;
  return share + fields / 1e6;
}
