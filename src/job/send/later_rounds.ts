/**
 * Files what comes after a part's first file: follow-up rounds with what is
 * still unanswered, and slices of what does not fit into the queue.
 *
 * @module
 */

import type { EncodedPart, PartDraft } from "../../requests/part.ts";
import { lineCounter } from "../../requests/text_of.ts";
import type { FileObject } from "../../types/batch.ts";
import {
  giveUp,
  type InputLines,
  InputUnavailableError,
} from "../read/input_lines.ts";
import { encodeFollowUp, encodeSlices } from "./encode_round.ts";
import type { JobContext } from "../context.ts";
import type { Part } from "../state/part.ts";
import type { Held } from "../state/read_state.ts";
import type { Slice } from "../state/slice.ts";
import type { Tag } from "../state/tag.ts";
import { upload } from "./upload.ts";

/** New files of a job from its old ones. */
export class LaterRounds {
  readonly #context: JobContext;
  readonly #lines: InputLines;
  readonly #countTokens: ReturnType<typeof lineCounter>;

  constructor(context: JobContext, lines: InputLines) {
    this.#context = context;
    this.#lines = lines;
    this.#countTokens = lineCounter(context.settings.queue.countTokens);
  }

  /**
   * Files the next round of a leaf that has been read and leaves requests
   * open: all of them, or the first ones, and the others wait for their round.
   *
   * @param part The leaf; it is given up if its lines can't be had.
   * @param limit How many tokens fit; half of its requests if unknown.
   */
  async file(part: Part, limit: number | undefined): Promise<void> {
    const held = part.due;
    const first = part.tag ?? part.whole?.tag;
    if (!held || !first) return;
    const count = part.wantedTag?.lines ?? held.size;
    const encoded = await this.#encode(
      part,
      (lines) =>
        encodeFollowUp(
          lines,
          held,
          this.#countTokens,
          isFull(count, limit),
        ),
    );
    if (!encoded) return;
    const slice = firstOf(part, held, encoded.requests);
    const tag = tagOf(encoded, { ...first, slice, round: part.nextRound });
    await this.#ensureFile(tag, encoded);
    part.wantedTag = tag;
  }

  /**
   * Files a leaf in slices: one, if it fits.
   *
   * @param part The leaf; it is given up if its lines can't be had.
   * @param limit How many tokens fit; half of its lines if unknown.
   * @returns The slices; the leaf itself if it fits as it is.
   */
  async slice(part: Part, limit: number | undefined): Promise<Part[]> {
    const whole = part.whole ?? part;
    const files = await this.#encode(
      part,
      (lines) =>
        encodeSlices(lines, this.#countTokens, isFull(part.lines, limit)),
    );
    if (!files || !whole.tag) return [];
    const [only, ...more] = files;
    if (part.tag && more.length === 0) {
      part.round(0).tokens = only?.tokens;
      return [part];
    }
    const slices: Part[] = [];
    let { first } = part.range;
    for (const encoded of files) {
      const slice = { first, last: first + encoded.requests - 1 };
      const tag = tagOf(encoded, { ...whole.tag, slice, last: false });
      await this.#ensureFile(tag, encoded);
      slices.push(this.#context.parts.get(part.part, slice));
      first = slice.last + 1;
    }
    return slices;
  }

  /**
   * Uploads the lines of a round again if OpenAI can't find its file.
   *
   * @param part The part; it is given up if its lines can't be had.
   */
  async uploadAgain(
    part: Part,
    tag: Tag,
  ): Promise<FileObject | undefined> {
    const encoded = await this.#encode(part, async (lines) => {
      const { due = new Map() } = part;
      if (tag.round > 0) {
        const isFull = (draft: PartDraft) => draft.requests === tag.lines;
        return encodeFollowUp(lines, due, this.#countTokens, isFull);
      }
      const [file] = await encodeSlices(lines, this.#countTokens);
      return file;
    });
    return encoded && await this.#upload(tag, encoded);
  }

  /**
   * Counts the input tokens of what is due of a part.
   *
   * @returns The tokens; undefined if its lines can't be had.
   */
  async countTokens(part: Part): Promise<number | undefined> {
    try {
      return await this.#lines.read(part, async (lines) => {
        let tokens = 0;
        const { due } = part;
        for await (const line of lines) {
          const isDue = !due || due.has(line.custom_id);
          if (isDue) tokens += this.#countTokens(line);
        }
        return tokens;
      });
    } catch (error) {
      if (!(error instanceof InputUnavailableError)) throw error;
      return undefined;
    }
  }

  async #encode<T>(
    part: Part,
    use: Parameters<typeof InputLines.prototype.read<T>>[1],
  ): Promise<T | undefined> {
    try {
      return await this.#lines.read(part, use);
    } catch (error) {
      giveUp(part, error);
      return undefined;
    }
  }

  async #ensureFile(tag: Tag, encoded: EncodedPart): Promise<void> {
    const { part, slice, round } = tag;
    const { parts } = this.#context;
    const known = parts.find(part, slice)?.rounds[round]?.fileFor(tag);
    if (!known) await this.#upload(tag, encoded);
    const asked = parts.get(part, slice);
    for (const one of new Set([asked, ...parts.leavesOf(asked)])) {
      one.round(round).tokens = encoded.tokens;
    }
  }

  async #upload(tag: Tag, { blob }: EncodedPart): Promise<FileObject> {
    const { services: { files }, settings, parts } = this.#context;
    const file = await upload(files, tag, blob, settings);
    parts.addFile(file, tag, true);
    return file;
  }
}

/** Cuts a file where it would exceed a limit; in half where there is none. */
function isFull(
  lines: number,
  limit: number | undefined,
): (draft: PartDraft, tokens: number) => boolean {
  return (draft, tokens) =>
    limit === undefined
      ? draft.requests === Math.ceil(lines / 2)
      : draft.tokens! + tokens > limit;
}

/** Which lines of a leaf are asked if the file has so many of those that are held. */
function firstOf(
  part: Part,
  held: ReadonlyMap<string, Held>,
  requests: number,
): Slice | undefined {
  if (requests === held.size) return part.slice;
  const lines = [...held.values()].map(({ line }) => line).sort((a, b) =>
    a - b
  );
  const { first } = part.range;
  return { first, last: first + lines[requests - 1]! };
}

function tagOf(encoded: EncodedPart, rest: Omit<Tag, "lines" | "digest">): Tag {
  return { ...rest, lines: encoded.requests, digest: encoded.digest };
}
