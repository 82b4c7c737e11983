/**
 * A part: the requests that share one input file. It is encoded, digested and
 * packed while it grows, so that its bytes are handled once.
 *
 * @module
 */

import { LineWriter } from "../jsonl/encode.ts";
import { embeddingInputs } from "./_endpoint_fields.ts";
import { IdList } from "./id_list.ts";
import { checkUnique } from "./source.ts";
import type { IndexedLine } from "./to_line.ts";

/** A part that is complete. */
export interface EncodedPart {
  /** 0, 1, …: its number in the job. */
  part: number;
  /** Whether the input ended with it. */
  last: boolean;
  /** Where its requests are asked. */
  endpoint: string;
  /** Their model, where they name one. */
  model: string | undefined;
  /** How many there are. */
  requests: number;
  /** The size of its file. */
  bytes: number;
  /** Its input tokens, where somebody counts. */
  tokens: number | undefined;
  /** The first 16 hex digits of SHA-256 over the SHA-256 of its consecutive 1 MiB blocks. */
  digest: string;
  /** Its ids and their positions in the input, in the order of its lines. */
  ids: IdList;
  /** Its lines, where they were asked for. */
  lines: IndexedLine["line"][];
  /** Its file. */
  blob: Blob;
}

/** A part that still grows. */
export class PartDraft {
  /** How many requests it has. */
  requests = 0;
  /** How many embedding inputs they have. */
  inputs = 0;
  /** How many input tokens they have, where somebody counts. */
  tokens: number | undefined;
  readonly #first: IndexedLine["line"];
  readonly #lines: IndexedLine["line"][] | undefined;
  readonly #blocks: Blob[] = [];
  readonly #digests: ArrayBuffer[] = [];
  readonly #positions = new Map<string, number>();
  readonly #writer: LineWriter;
  #digesting: Promise<unknown> = Promise.resolve();

  /**
   * @param first The line that it begins with; it is still to be added.
   * @param keepLines Whether the lines are kept as objects too.
   * @param measureOnly Whether it is only measured: it gets no file then, and no digest of it.
   */
  constructor(
    first: IndexedLine["line"],
    keepLines: boolean,
    measureOnly = false,
  ) {
    this.#first = first;
    this.#lines = keepLines ? [] : undefined;
    this.#writer = new LineWriter((block) => {
      if (!measureOnly) this.#pack(block);
    });
  }

  /** The size of its file so far. */
  get bytes(): number {
    return this.#writer.bytes;
  }

  /**
   * Adds a request.
   *
   * @param request The request.
   * @param text Its line as JSON.
   * @returns A promise if there is no room for more before it resolves: the digest keeps up with the lines.
   * @throws {TypeError} If the part has its id already.
   */
  add(
    { index, line }: IndexedLine,
    text: string,
  ): Promise<unknown> | undefined {
    checkUnique(line.custom_id, index, this.#positions.get(line.custom_id));
    this.#positions.set(line.custom_id, index);
    this.#lines?.push(line);
    this.requests++;
    this.inputs += embeddingInputs(line.url, line.body);
    const before = this.#digesting;
    this.#writer.write(text);
    return this.#digesting === before ? undefined : before;
  }

  /**
   * Completes the part.
   *
   * @param part Its number.
   * @param last Whether the input ended with it.
   * @returns The part.
   */
  async seal(part: number, last: boolean): Promise<EncodedPart> {
    this.#writer.end();
    await this.#digesting;
    const { url, body } = this.#first;
    return {
      part,
      last,
      endpoint: url,
      model: typeof body.model === "string" ? body.model : undefined,
      requests: this.requests,
      bytes: this.bytes,
      tokens: this.tokens,
      digest: await digestOf(this.#digests),
      ids: new IdList(this.#positions),
      lines: this.#lines ?? [],
      blob: new Blob(this.#blocks, { type: "application/jsonl" }),
    };
  }

  /** Both take a copy of the block at once. */
  #pack(block: Uint8Array<ArrayBuffer>): void {
    this.#blocks.push(new Blob([block]));
    const digest = crypto.subtle.digest("SHA-256", block);
    this.#digesting = this.#digesting
      .then(() => digest)
      .then((bytes) => this.#digests.push(bytes));
  }
}

async function digestOf(digests: ArrayBuffer[]): Promise<string> {
  const all = await new Blob(digests).arrayBuffer();
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", all));
  return Array.from(
    bytes.subarray(0, 8),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}
