/**
 * New input files from old ones: follow-up rounds with what is still
 * unanswered, and slices of what does not fit into the queue.
 *
 * @module
 */

import { type EncodedPart, PartDraft } from "../../requests/part.ts";
import type { ShapedRequest } from "../../requests/shaped_request.ts";
import { shapeLine } from "../../requests/shape.ts";
import type { Line } from "../read/input_file.ts";
import type { Held } from "../state/read_state.ts";

type CountLine = (line: Line) => number;

/**
 * Makes the file of a follow-up round.
 *
 * @param held What is sent again, and with which params.
 * @param isFull Whether the file is complete before a line with so many tokens is added.
 */
export async function encodeFollowUp(
  lines: AsyncIterable<Line>,
  held: ReadonlyMap<string, Held>,
  countTokens: CountLine,
  isFull: (draft: PartDraft, tokens: number) => boolean,
): Promise<EncodedPart | undefined> {
  let isOver = false;
  const choose = (line: Line) => {
    const again = isOver ? undefined : held.get(line.custom_id);
    if (!again) return undefined;
    const { params } = again;
    return params ? { ...line, body: { ...line.body, ...params } } : line;
  };
  const [encoded] = await encode(
    lines,
    countTokens,
    choose,
    (draft, tokens) => isOver = isFull(draft, tokens),
  );
  return encoded;
}

/**
 * Makes the files of slices: of all lines, in their order.
 *
 * @param isFull Whether a file is complete before a line with so many tokens is added. @default there is one file
 * @returns The encoded files; none if there are no lines.
 */
export function encodeSlices(
  lines: AsyncIterable<Line>,
  countTokens: CountLine,
  isFull: (draft: PartDraft, tokens: number) => boolean = () => false,
): Promise<EncodedPart[]> {
  return encode(lines, countTokens, (line) => line, isFull);
}

async function encode(
  lines: AsyncIterable<Line>,
  countTokens: CountLine,
  choose: (line: Line) => Line | undefined,
  isFull: (draft: PartDraft, tokens: number) => boolean,
): Promise<EncodedPart[]> {
  const files: EncodedPart[] = [];
  let draft: PartDraft | undefined;
  let index = 0;
  for await (const line of lines) {
    const chosen = choose(line);
    if (!chosen) continue;
    const shaped = shape(chosen, index++);
    const tokens = countTokens(chosen);
    if (draft && isFull(draft, tokens)) {
      files.push(await draft.seal(0, false));
      draft = undefined;
    }
    draft ??= new PartDraft(shaped);
    draft.tokens = (draft.tokens ?? 0) + tokens;
    await draft.add(shaped);
  }
  if (draft) files.push(await draft.seal(0, false));
  return files;
}

function shape(line: Line, index: number): ShapedRequest {
  return shapeLine({ index, line }, JSON.stringify(line));
}
