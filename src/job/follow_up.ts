/**
 * New input files from old ones: follow-up rounds with what is still
 * unanswered, and the two halves of a part that does not fit into the queue.
 *
 * @module
 */

import { parseLines } from "../jsonl/decode.ts";
import { type EncodedPart, PartDraft } from "../requests/part.ts";
import type { IndexedLine } from "../requests/to_line.ts";
import type { Files } from "../rest/files.ts";
import type { FileObject } from "../types/batch.ts";
import type { Held } from "./read_context.ts";
import { checkLength, countBytes } from "./result_file.ts";

/** A line of an input file. */
export type Line = IndexedLine["line"];

type CountLine = (line: Line) => number;

/**
 * Reads the lines of an input file.
 *
 * @param files The files endpoint.
 * @param file The file.
 * @param signal Ends the download.
 * @returns The lines.
 * @throws {APIError} If the server does not hand it out.
 * @throws {ConnectionError} If the download broke off.
 */
export async function* readInputFile(
  files: Files,
  file: FileObject,
  signal: AbortSignal | undefined,
): AsyncGenerator<Line> {
  const read = { bytes: 0 };
  const content = await files.content(file.id, { signal });
  // A line that is cut off is no JSON: the file is short then.
  const skip = { malformed: () => undefined };
  yield* parseLines<Line>(countBytes(content, read), skip);
  checkLength(file, read.bytes);
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
    draft ??= new PartDraft(selected, false);
    draft.tokens = (draft.tokens ?? 0) + countTokens(selected);
    await draft.add(
      { index: index++, line: selected },
      JSON.stringify(selected),
    );
  }
  return await draft?.seal(0, false);
}
