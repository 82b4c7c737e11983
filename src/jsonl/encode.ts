/**
 * Values to lines to bytes.
 *
 * @module
 */

/** Bytes per block. */
const BLOCK_SIZE: number = 1024 * 1024;

const encoder = new TextEncoder();

/**
 * Collects lines in blocks of exactly 1 MiB, the last one shorter. The blocks
 * are views of one buffer that is written again: whoever keeps one copies it.
 */
export class LineWriter {
  /** Bytes written so far. */
  bytes = 0;
  readonly #onBlock: (block: Uint8Array<ArrayBuffer>) => void;
  #buffer = new Uint8Array(64 * 1024);
  #length = 0;

  /** @param onBlock Gets each block as soon as it is full, and the last one at the end. */
  constructor(onBlock: (block: Uint8Array<ArrayBuffer>) => void) {
    this.#onBlock = onBlock;
  }

  /** @param text A line, without its end. */
  write(text: string): void {
    let rest = text;
    while (true) {
      const free = this.#buffer.subarray(this.#length);
      const { read, written } = encoder.encodeInto(rest, free);
      this.#advance(written);
      if (read === rest.length) break;
      rest = rest.slice(read);
      this.#grow();
    }
    // Not part of the text above: joining strings costs as much as encoding them.
    this.#grow();
    this.#buffer[this.#length] = 10;
    this.#advance(1);
  }

  /** Hands over what is left. */
  end(): void {
    if (this.#length > 0) this.#onBlock(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }

  #advance(bytes: number): void {
    this.bytes += bytes;
    this.#length += bytes;
    if (this.#length < BLOCK_SIZE) return;
    this.#onBlock(this.#buffer.subarray(0, BLOCK_SIZE));
    this.#buffer.copyWithin(0, BLOCK_SIZE, this.#length);
    this.#length -= BLOCK_SIZE;
  }

  /** Makes room for one more character. */
  #grow(): void {
    if (this.#length + 3 <= this.#buffer.length) return;
    // Three bytes more than a block: encodeInto stops before a character that does not fit.
    const size = Math.min(this.#buffer.length * 2, BLOCK_SIZE + 3);
    const larger = new Uint8Array(size);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/**
 * Writes JSONL: one value a line, as bytes in blocks of 1 MiB.
 *
 * @param values Anything that `JSON.stringify` takes.
 * @returns The bytes, made as they are read.
 * @throws {TypeError} From the stream, at a value that is no JSON (a cycle, a BigInt, undefined).
 *
 * @example
 * ```ts
 * import { encodeLines } from "@offpeak/openai-batch";
 *
 * const stream = encodeLines([{ custom_id: "a" }, { custom_id: "b" }]);
 * console.assert((await new Response(stream).text()) === '{"custom_id":"a"}\n{"custom_id":"b"}\n');
 * ```
 */
export function encodeLines(
  values: Iterable<unknown> | AsyncIterable<unknown>,
): ReadableStream<Uint8Array> {
  const blocks = encodeBlocks(values);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await blocks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await blocks.return(undefined);
    },
  }, { highWaterMark: 0 });
}

async function* encodeBlocks(
  values: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncGenerator<Uint8Array> {
  const blocks: Uint8Array[] = [];
  const writer = new LineWriter((block) => blocks.push(block.slice()));
  for await (const value of values) {
    const text = JSON.stringify(value);
    if (text === undefined) {
      throw new TypeError(`Not a JSON value: ${typeof value}`);
    }
    writer.write(text);
    yield* blocks.splice(0);
  }
  writer.end();
  yield* blocks;
}
