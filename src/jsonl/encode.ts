/**
 * Values to lines to bytes.
 *
 * @module
 */

/** Bytes per block. */
const BLOCK_SIZE: number = 1024 * 1024;

/** How many characters are encoded at a time: a call per line costs more than the encoding itself. */
const TEXT_SIZE: number = 64 * 1024;

/** Bytes of the longest character: `encodeInto` stops before one that doesn't fit. */
const CHARACTER_SIZE: number = 4;

const encoder = new TextEncoder();

/**
 * Collects lines in blocks of exactly 1 MiB, the last one shorter. The blocks are
 * views of one buffer that is reused: copy a block to keep it.
 */
export class LineWriter {
  readonly #onBlock: (block: Uint8Array<ArrayBuffer>) => void;
  /** Lines not encoded yet. */
  #text = "";
  #buffer = new Uint8Array(TEXT_SIZE);
  #length = 0;
  #bytes = 0;

  /** @param onBlock Gets each block as soon as it is full, and the last one at the end. */
  constructor(onBlock: (block: Uint8Array<ArrayBuffer>) => void) {
    this.#onBlock = onBlock;
  }

  /** Bytes written so far. Reading it encodes what was written: read it rarely. */
  get bytes(): number {
    this.#encode();
    return this.#bytes;
  }

  write(text: string): void {
    this.#text += text + "\n";
    if (this.#text.length >= TEXT_SIZE) this.#encode();
  }

  /** Hands over the rest. */
  end(): void {
    this.#encode();
    if (this.#length > 0) this.#onBlock(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }

  #encode(): void {
    let rest = this.#text;
    this.#text = "";
    while (rest !== "") {
      const free = this.#buffer.subarray(this.#length);
      const { read, written } = encoder.encodeInto(rest, free);
      rest = rest.slice(read);
      this.#advance(written);
    }
  }

  #advance(bytes: number): void {
    this.#bytes += bytes;
    this.#length += bytes;
    if (this.#length >= BLOCK_SIZE) {
      this.#onBlock(this.#buffer.subarray(0, BLOCK_SIZE));
      this.#buffer.copyWithin(0, BLOCK_SIZE, this.#length);
      this.#length -= BLOCK_SIZE;
    }
    const isFull = this.#length + CHARACTER_SIZE > this.#buffer.length;
    if (isFull) this.#grow();
  }

  #grow(): void {
    const size = this.#buffer.length * 2;
    const larger = new Uint8Array(Math.min(size, BLOCK_SIZE + CHARACTER_SIZE));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/**
 * Writes JSONL: one value per line, as bytes in blocks of 1 MiB.
 *
 * @param values Anything that `JSON.stringify` takes.
 * @returns The bytes, produced as they are read.
 * @throws {TypeError} From the stream, at a value that isn't JSON (a cycle, a BigInt, undefined).
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
    if (blocks.length > 0) yield* blocks.splice(0);
  }
  writer.end();
  yield* blocks;
}
