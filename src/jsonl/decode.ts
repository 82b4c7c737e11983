/**
 * Bytes to lines to values. Lines end at the byte 0x0A and nowhere else: U+2028,
 * U+2029 and a CR on its own are text.
 *
 * @module
 */

import { OpenAIBatchError } from "../errors.ts";

/** Where bytes come from. */
export type Bytes =
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Blob
  | Response;

/** The longest line that is read: 128 MB. A longer one is not kept. */
export const LONGEST_LINE = 128_000_000;

/** How many bytes of a longer line are kept: its id is at the beginning. */
const BEGINNING = 65_536;

/** How many bytes are decoded at once: a source may deliver a gigabyte in one piece. */
const PIECE = 16_777_216;

/** How many lines are handed over at once. */
const LINES = 1_024;

/** What to do with a line that isn't JSON. */
export interface ParseLinesOptions<T> {
  /**
   * Called with the text and the number (1, 2, …) of a line that isn't JSON, or is
   * longer than 128 MB (then with its first 64 KiB only, and `isTooLong`). What it
   * returns is yielded instead; undefined leaves the line out.
   *
   * @default throws a {@linkcode MalformedLineError}
   */
  malformed?:
    | ((text: string, line: number, isTooLong: boolean) => T | undefined)
    | undefined;
}

/** A line of a JSONL file isn't JSON, or is longer than 128 MB. The message doesn't quote it: it may be a prompt. */
export class MalformedLineError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "MalformedLineError";
  /** 1, 2, …: the line's number. */
  readonly line: number;

  /**
   * Makes the error of a line.
   *
   * @param line The line's number.
   * @param isTooLong Whether it is too long to be read. @default false
   */
  constructor(line: number, isTooLong: boolean = false) {
    super(
      isTooLong
        ? `Line ${line} is longer than ${LONGEST_LINE / 1_000_000} MB`
        : `Line ${line} is not JSON`,
      { code: "malformed_line" },
    );
    this.line = line;
  }
}

/**
 * Reads JSONL, value by value, in constant memory. Accepts CRLF, a BOM, empty lines,
 * a last line without a line end, and lines of up to 128 MB.
 *
 * @typeParam T The type of the lines. It is not checked.
 * @param source A downloaded file, a Blob, or any bytes in pieces.
 * @param options What to do with malformed lines.
 * @returns The values in the order of the lines.
 * @throws {MalformedLineError} At a line that isn't JSON or is too long, unless `malformed` is set.
 *
 * @example
 * ```ts
 * import { parseLines } from "@offpeak/openai-batch";
 *
 * const file = new Blob(['{"custom_id":"a"}\n{"custom_id":"b"}\n']);
 * for await (const line of parseLines<{ custom_id: string }>(file)) {
 *   console.log(line.custom_id);
 * }
 * ```
 */
export async function* parseLines<T = unknown>(
  source: Bytes,
  options: ParseLinesOptions<T> = {},
): AsyncGenerator<T> {
  for await (const values of parseLineBlocks<T>(source, options)) {
    for (const value of values) yield value;
  }
}

/**
 * The same, block by block: a promise per line costs as much as parsing the line.
 *
 * @returns The values of at most 1,024 lines each, never none.
 * @throws {MalformedLineError} As {@linkcode parseLines}, after the values before that line.
 */
export async function* parseLineBlocks<T>(
  source: Bytes,
  { malformed }: ParseLinesOptions<T>,
): AsyncGenerator<T[]> {
  let number = 0;
  for await (const { text, isTooLong } of readBlocks(source)) {
    let values: T[] = [];
    try {
      for (let start = 0; start <= text.length;) {
        const next = text.indexOf("\n", start);
        const end = next === -1 ? text.length : next;
        const line = text.slice(start, end);
        start = end + 1;
        number++;
        const value = parseLine(line, number, isTooLong, malformed);
        if (value !== undefined) values.push(value);
        if (values.length < LINES) continue;
        yield values;
        values = [];
      }
    } catch (error) {
      if (values.length > 0) yield values;
      throw error;
    }
    if (values.length > 0) yield values;
  }
}

function parseLine<T>(
  text: string,
  number: number,
  isTooLong: boolean,
  malformed: ParseLinesOptions<T>["malformed"],
): T | undefined {
  if (text === "") return undefined;
  try {
    if (!isTooLong) return JSON.parse(text);
  } catch {
    if (text.trim() === "") return undefined;
  }
  if (!malformed) throw new MalformedLineError(number, isTooLong);
  return malformed(text, number, isTooLong);
}

/** Text that ends at the end of a line. */
interface Block {
  text: string;
  /** Whether it is only the beginning of one line; the rest was not kept. */
  isTooLong: boolean;
}

/** Yields as many lines as each piece completes: decoding a block is faster than decoding lines. */
async function* readBlocks(source: Bytes): AsyncGenerator<Block> {
  const carry = new Carry();
  for await (const chunk of readChunks(source)) {
    for (let from = 0; from < chunk.length; from += PIECE) {
      const piece = chunk.subarray(from, from + PIECE);
      const last = piece.lastIndexOf(10);
      if (last === -1) {
        carry.add(piece);
        continue;
      }
      // The carried line may be too long; those after it are not.
      const first = carry.isLong ? piece.indexOf(10) : last;
      yield carry.end(piece.subarray(0, first));
      if (first < last) yield carry.end(piece.subarray(first + 1, last));
      carry.add(piece.subarray(last + 1));
    }
  }
  yield carry.end(new Uint8Array());
}

/** The line that isn't complete yet. */
class Carry {
  // A decoder that strips a BOM would do so in every block, but U+FEFF is text.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The decoded text; strings are joined lazily. */
  #text = "";
  /** The rest of a long line, as bytes: they take less than text, and are dropped if the line gets too long. */
  #rest: Uint8Array[] = [];
  #bytes = 0;
  #isFirst = true;

  /** Whether it needs its own block: one more piece may make it too long. */
  get isLong(): boolean {
    return this.#bytes > LONGEST_LINE - PIECE;
  }

  /** Continues the line. If a piece cuts a character, the decoder keeps its beginning. */
  add(piece: Uint8Array): void {
    const room = Math.max(0, BEGINNING - this.#bytes);
    this.#bytes += piece.length;
    if (room > 0) this.#text += this.#decode(piece.subarray(0, room));
    // Copied: a source may reuse its buffer.
    if (piece.length > room) this.#rest.push(piece.slice(room));
    if (this.#bytes > LONGEST_LINE) this.#rest = [];
  }

  /** Completes the line, and perhaps others. A line end completes every character, so the decoder starts over after it. */
  end(last: Uint8Array): Block {
    const isTooLong = this.#bytes + last.length > LONGEST_LINE;
    let text = this.#text;
    let first = 0;
    if (this.#bytes > 0) {
      if (!isTooLong) {
        for (const piece of this.#rest) text += this.#decode(piece);
        first = last.indexOf(10) + 1 || last.length;
        text += this.#decode(last.subarray(0, first));
      }
      text += this.#decoder.decode();
    }
    // Complete lines need no decoder that keeps the beginning of a character: Deno's
    // takes eight times as long.
    if (!isTooLong) text += this.#decoder.decode(last.subarray(first));
    const block = { text: this.#isFirst ? withoutBOM(text) : text, isTooLong };
    this.#text = "";
    this.#rest = [];
    this.#bytes = 0;
    this.#isFirst = false;
    return block;
  }

  #decode(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }
}

function withoutBOM(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Reads bytes in the pieces they come in. If reading ends early, the source is cancelled. */
export async function* readChunks(source: Bytes): AsyncGenerator<Uint8Array> {
  const body = source instanceof Response
    ? source.body
    : source instanceof Blob
    ? source.stream()
    : source;
  if (!body) return;
  if (!(body instanceof ReadableStream)) return yield* body;
  const reader = body.getReader();
  let ended = false;
  try {
    while (true) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) void reader.cancel().catch(() => {});
  }
}
