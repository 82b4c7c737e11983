/**
 * The lines of a file: found once, parsed one by one, written block by block.
 *
 * @module
 */

const LINE_FEED = 10;
/** Characters that a writer gathers before it encodes them. */
const BLOCK = 1 << 20;

/** Bytes that own their memory, as the platform's bodies want them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Where each line of a file begins and ends. The bytes stay as they are, and a
 * line is parsed when it is asked for, so that a million lines cost little.
 */
export class Lines {
  readonly #bytes: Bytes;
  /** The ends of the lines, without their line feed. */
  readonly #ends: Uint32Array;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** @param bytes A JSONL file. The last line may lack its line feed. */
  constructor(bytes: Bytes) {
    const ends: number[] = [];
    for (let start = 0; start < bytes.length;) {
      const found = bytes.indexOf(LINE_FEED, start);
      const end = found < 0 ? bytes.length : found;
      ends.push(end);
      start = end + 1;
    }
    this.#bytes = bytes;
    this.#ends = Uint32Array.from(ends);
  }

  /** How many there are. */
  get length(): number {
    return this.#ends.length;
  }

  /**
   * One line's value.
   *
   * @param index 0, 1, …
   * @throws {SyntaxError} If the line is no JSON.
   */
  parse(index: number): unknown {
    const start = index === 0 ? 0 : this.#ends[index - 1]! + 1;
    return JSON.parse(
      this.#decoder.decode(this.#bytes.subarray(start, this.#ends[index])),
    );
  }
}

/** Gathers lines into the bytes of a file. */
export class LineWriter {
  #text = "";
  #blocks: Bytes[] = [];
  #count = 0;

  /** How many lines were written. */
  get count(): number {
    return this.#count;
  }

  /** Adds one value as a line. */
  write(value: unknown): void {
    this.#text += JSON.stringify(value) + "\n";
    this.#count++;
    if (this.#text.length >= BLOCK) this.#flush();
  }

  /** The whole file. */
  bytes(): Bytes {
    this.#flush();
    const length = this.#blocks.reduce((sum, block) => sum + block.length, 0);
    const bytes = new Uint8Array(length);
    let offset = 0;
    for (const block of this.#blocks) {
      bytes.set(block, offset);
      offset += block.length;
    }
    return bytes;
  }

  #flush(): void {
    this.#blocks.push(new TextEncoder().encode(this.#text));
    this.#text = "";
  }
}
