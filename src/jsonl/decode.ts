/**
 * Bytes to lines to values. Lines end at the byte 0x0A and nowhere else:
 * U+2028, U+2029 and a lone CR are text.
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

/** What to do with a line that is no JSON. */
export interface ParseLinesOptions<T> {
  /**
   * Gets the text and the number (1, 2, …) of a line that is no JSON. What it
   * returns is yielded in its place; undefined leaves the line out.
   *
   * @default throws a {@linkcode MalformedLineError}
   */
  malformed?: ((text: string, line: number) => T | undefined) | undefined;
}

/** A line of a JSONL file is no JSON. Its text is not in the message: it may be a prompt. */
export class MalformedLineError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "MalformedLineError";
  /** 1, 2, …: the line's number. */
  readonly line: number;

  /**
   * Makes the error of a line.
   *
   * @param line The line's number.
   */
  constructor(line: number) {
    super(`Line ${line} is not JSON`, { code: "malformed_line" });
    this.line = line;
  }
}

/**
 * Reads JSONL, value by value, in constant memory. Takes CRLF, a BOM, empty
 * lines, a last line without an end, and lines of any length.
 *
 * @typeParam T What the lines are taken to be; it is not checked.
 * @param source A downloaded file, a Blob, or any bytes in pieces.
 * @param options What to do with malformed lines.
 * @returns The values in the order of the lines.
 * @throws {MalformedLineError} At a line that is no JSON, unless `malformed` is given.
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
  let number = 0;
  for await (const block of readBlocks(source)) {
    for (let start = 0; start <= block.length;) {
      const next = block.indexOf("\n", start);
      const end = next === -1 ? block.length : next;
      const text = block.slice(start, end);
      start = end + 1;
      number++;
      if (text === "") continue;
      let value: T | undefined;
      try {
        value = JSON.parse(text);
      } catch {
        if (text.trim() === "") continue;
        if (!options.malformed) throw new MalformedLineError(number);
        value = options.malformed(text, number);
        if (value === undefined) continue;
      }
      yield value as T;
    }
  }
}

/** Yields text that ends where a line ends, as much as each chunk completes: decoding a block at once is faster than line by line. */
async function* readBlocks(source: Bytes): AsyncGenerator<string> {
  // A decoder that looks for a BOM looks in every block, and U+FEFF is text.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let carried = "";
  let isFirst = true;
  for await (const chunk of readChunks(source)) {
    const last = chunk.lastIndexOf(10);
    if (last === -1) {
      // The decoder keeps a character that the chunk cuts; strings are joined lazily.
      carried += decoder.decode(chunk, { stream: true });
      continue;
    }
    // A line end completes every character, so the decoder starts anew behind it.
    const block = carried + decoder.decode(chunk.subarray(0, last));
    yield isFirst ? withoutBOM(block) : block;
    isFirst = false;
    carried = decoder.decode(chunk.subarray(last + 1), { stream: true });
  }
  const end = carried + decoder.decode();
  yield isFirst ? withoutBOM(end) : end;
}

function withoutBOM(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/**
 * Reads bytes in the pieces they come in. The source is let go of if reading ends early.
 *
 * @param source Where they come from.
 * @returns The pieces.
 */
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
