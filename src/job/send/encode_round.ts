/**
 * New input files from old ones: follow-up rounds with what is still
 * unanswered, and the two halves of a part that does not fit into the queue.
 *
 * @module
 */

import { type EncodedPart, PartDraft } from "../../requests/part.ts";
import { shapeLine } from "../../requests/shape.ts";
import type { Line } from "../read/input_file.ts";
import type { Held } from "../state/read_state.ts";

type CountLine = (line: Line) => number;

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
