/**
 * The lines of an input file, as they come back from a server.
 *
 * @module
 */

import { ConnectionError } from "../../errors.ts";
import { parseLines } from "../../jsonl/decode.ts";
import { IdTable } from "../../requests/id_table.ts";
import type { IndexedLine } from "../../requests/to_line.ts";
import type { Files } from "../../rest/files.ts";
import type { FileObject } from "../../types/batch.ts";

/** A line of an input file. */
export type Line = IndexedLine["line"];

/** What was read as the lines of a part is not what they were. */
export class MisreadError extends ConnectionError {
  /** What was read, in short: the same text, the same content. */
  readonly seen: string;

  constructor(message: string, seen: string) {
    super(message);
    this.seen = seen;
  }
}

/**
 * Reads the lines of an input file.
 *
 * @returns Its lines, without those that don't belong in an input file.
 * @throws {APIError} If the server does not hand it out.
 * @throws {ConnectionError} If the download broke off.
 */
export async function* readInputFile(
  files: Files,
  file: FileObject,
  signal: AbortSignal | undefined,
): AsyncGenerator<Line> {
  const content = await files.content(file.id, { signal });
  const skip = { malformed: () => undefined };
  for await (const line of parseLines<unknown>(content, skip)) {
    if (isLine(line)) yield line;
  }
}

function isLine(value: unknown): value is Line {
  const { custom_id, url, body } = (value ?? {}) as Record<string, unknown>;
  return typeof custom_id === "string" && typeof url === "string" &&
    typeof body === "object" && body !== null;
}

/**
 * Holds lines against what is known of them: how many there are, each with an
 * id of its own. Their digest may differ, because servers rewrite JSON.
 *
 * @throws {MisreadError} At their end, if they are not that.
 */
export async function* checkLines(
  lines: AsyncIterable<Line>,
  expected: number,
): AsyncGenerator<Line> {
  const ids = new IdTable();
  let count = 0;
  for await (const line of lines) {
    count++;
    ids.add(line.custom_id);
    // There may be any number of them.
    if (count > expected) break;
    yield line;
  }
  if (count === expected && ids.length === expected) return;
  const last = ids.length > 0 ? ids.at(ids.length - 1) : undefined;
  throw new MisreadError(
    `The download of an input file doesn't have ${expected} requests with unique ids`,
    `${count} ${ids.length} ${last}`,
  );
}
