/**
 * A part: the requests that share one input file. It is encoded, digested and
 * packed as it grows, so that its bytes are only handled once.
 *
 * @module
 */

import { grown } from "../grown.ts";
import { LineWriter } from "../jsonl/encode.ts";
import { IdList } from "./id_list.ts";
import { IdTable } from "./id_table.ts";
import type { ShapedRequest } from "./shaped_request.ts";
import { checkUnique } from "./source.ts";
import type { IndexedLine } from "./to_line.ts";

/** A part that is complete. */
export interface EncodedPart {
  /** 0, 1, …: its number in the job. */
  part: number;
  /** Whether the input ended with it. */
  last: boolean;
  /** The endpoint of its requests. */
  endpoint: string;
  /** Their model, where they name one. */
  model: string | undefined;
  /** How many there are. */
  requests: number;
  /** The size of its file. */
  bytes: number;
  /** Its input tokens, if they are counted. */
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
  /** How many input tokens they have, if they are counted. */
  tokens: number | undefined;
  /** The endpoint of its requests. */
  readonly endpoint: string;
  /** Their model, where they name one. */
  readonly model: string | undefined;
  readonly #lines: IndexedLine["line"][] | undefined;
  readonly #blocks: Blob[] = [];
  readonly #digests: ArrayBuffer[] = [];
  readonly #ids = new IdTable();
  /** Each request's position in the input, by its line. */
  #positions = new Uint32Array(16);
  readonly #writer: LineWriter;
  #digesting: Promise<unknown> = Promise.resolve();

  /**
   * @param keepLines Whether the lines are kept as objects too.
   * @param measureOnly Whether it is only measured: then it gets neither a file nor a digest.
   */
  constructor(
    { endpoint, model }: Pick<ShapedRequest, "endpoint" | "model">,
    keepLines = false,
    measureOnly = false,
  ) {
    this.endpoint = endpoint;
    this.model = model;
    this.#lines = keepLines ? [] : undefined;
    this.#writer = new LineWriter((block) => {
      if (!measureOnly) this.#pack(block);
    });
  }

  /** The size of its file so far. To know, it encodes what was added: ask rarely. */
  get bytes(): number {
    return this.#writer.bytes;
  }

  /**
   * Adds a request.
   *
   * @returns A promise if there is no room for more until it resolves: the digest has to keep up.
   * @throws {TypeError} If the part already has its id.
   */
  add(
    { index, id, inputs, text, line }: ShapedRequest,
  ): Promise<unknown> | undefined {
    const number = this.#ids.add(id);
    if (number < this.requests) checkUnique(id, index, this.#positions[number]);
    this.requests++;
    this.#positions = grown(this.#positions, this.requests);
    this.#positions[number] = index;
    if (line) this.#lines?.push(line);
    this.inputs += inputs;
    const before = this.#digesting;
    this.#writer.write(text);
    return this.#digesting === before ? undefined : before;
  }

  /** Completes the part. */
  async seal(part: number, last: boolean): Promise<EncodedPart> {
    this.#writer.end();
    await this.#digesting;
    return {
      part,
      last,
      endpoint: this.endpoint,
      model: this.model,
      requests: this.requests,
      bytes: this.bytes,
      tokens: this.tokens,
      digest: await digestOf(this.#digests),
      ids: new IdList(this.#ids, this.#positions),
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
