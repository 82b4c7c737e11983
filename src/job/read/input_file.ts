/**
 * New input files from old ones: follow-up rounds with what is still
 * unanswered, and the two halves of a part that does not fit into the queue.
 *
 * @module
 */

import { ConnectionError } from "../../errors.ts";
import { parseLines } from "../../jsonl/decode.ts";
import { type EncodedPart, PartDraft } from "../../requests/part.ts";
import { shapeLine } from "../../requests/shape.ts";
import type { IndexedLine } from "../../requests/to_line.ts";
import type { Files } from "../../rest/files.ts";
import type { FileObject } from "../../types/batch.ts";
import type { Held } from "./context.ts";

/** A line of an input file. */
export type Line = IndexedLine["line"];

type CountLine = (line: Line) => number;

/** What was read as the lines of a part is not what they were. */
export class MisreadError extends ConnectionError {
  /** What was read, in short: the same text, the same content. */
  readonly seen: string;

  /**
   * @param message What is wrong.
   * @param seen What was read.
   */
  constructor(message: string, seen: string) {
    super(message);
    this.seen = seen;
  }
}

/**
 * Reads the lines of an input file.
 *
 * @param files The files endpoint.
 * @param file The file.
 * @param signal Ends the download.
 * @returns Its lines; what is no line of an input file is left out.
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
 * id of its own. Their digest may differ, for servers write JSON anew.
 *
 * @param lines The lines of a part.
 * @param expected How many they are to be.
 * @returns The same lines.
 * @throws {MisreadError} At their end, if they are not that.
 */
export async function* checkLines(
  lines: AsyncIterable<Line>,
  expected: number,
): AsyncGenerator<Line> {
  const ids = new Set<string>();
  let count = 0;
  for await (const line of lines) {
    count++;
    ids.add(line.custom_id);
    yield line;
  }
  if (count === expected && ids.size === expected) return;
  throw new MisreadError(
    `What came as an input file has ${ids.size} requests, not ${expected}`,
    `${count} ${ids.size} ${[...ids].at(-1)}`,
  );
}

/**
 * Makes the file of a follow-up round.
 *
 * @param lines The lines of the part's first file.
 * @param held What is asked again, and with which params.
 * @param countTokens Counts the input tokens of a line.
 * @returns The encoded file.
 */
export function encodeFollowUp(
  lines: AsyncIterable<Line>,
  held: ReadonlyMap<string, Held>,
  countTokens: CountLine,
): Promise<EncodedPart | undefined> {
  return encode(lines, countTokens, (line) => {
    const again = held.get(line.custom_id);
    if (!again) return undefined;
    const { params } = again;
    return params ? { ...line, body: { ...line.body, ...params } } : line;
  });
}

/**
 * Makes the file of one half of a part.
 *
 * @param lines The lines of the part's file.
 * @param first The number of the half's first line, from 0.
 * @param end The number of the line behind its last one.
 * @param countTokens Counts the input tokens of a line.
 * @returns The encoded file.
 */
export function encodeHalf(
  lines: AsyncIterable<Line>,
  first: number,
  end: number,
  countTokens: CountLine,
): Promise<EncodedPart | undefined> {
  let number = 0;
  return encode(lines, countTokens, (line) => {
    const isInside = number >= first && number < end;
    number++;
    return isInside ? line : undefined;
  });
}

async function encode(
  lines: AsyncIterable<Line>,
  countTokens: CountLine,
  select: (line: Line) => Line | undefined,
): Promise<EncodedPart | undefined> {
  let draft: PartDraft | undefined;
  let index = 0;
  for await (const line of lines) {
    const selected = select(line);
    if (!selected) continue;
    const shaped = shapeLine(
      { index: index++, line: selected },
      JSON.stringify(selected),
    );
    draft ??= new PartDraft(shaped);
    draft.tokens = (draft.tokens ?? 0) + countTokens(selected);
    await draft.add(shaped);
  }
  return await draft?.seal(0, false);
}
