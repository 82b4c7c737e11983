/**
 * Files what comes after a part's first file: follow-up rounds with what is
 * still unanswered, and the halves of a part that does not fit into the queue.
 *
 * @module
 */

import type { EncodedPart } from "../../requests/part.ts";
import { lineCounter } from "../../requests/text_of.ts";
import type { FileObject } from "../../types/batch.ts";
import {
  giveUp,
  type InputLines,
  InputUnavailableError,
} from "../read/input_lines.ts";
import { encodeFollowUp, encodeHalf } from "./encode_round.ts";
import type { JobSettings } from "../options.ts";
import type { Part } from "../state/part.ts";
import type { Parts } from "../state/parts.ts";
import type { Services } from "../services.ts";
import type { Tag } from "../state/tag.ts";
import { upload } from "./upload.ts";

/** New files of a job from its old ones. */
export class LaterRounds {
  readonly #services: Services;
  readonly #settings: JobSettings;
  readonly #parts: Parts;
  readonly #lines: InputLines;
  readonly #countTokens: ReturnType<typeof lineCounter>;

  /**
   * @param services The client's.
   * @param settings The job's options.
   * @param parts What is known of its parts.
   * @param lines Reads the lines of the parts.
   */
  constructor(
    services: Services,
    settings: JobSettings,
    parts: Parts,
    lines: InputLines,
  ) {
    this.#services = services;
    this.#settings = settings;
    this.#parts = parts;
    this.#lines = lines;
    this.#countTokens = lineCounter(settings.queue.countTokens);
  }

  /**
   * @param part A part.
   * @returns Whether a half of it is missing.
   */
  isDue(part: Part): boolean {
    return part.isSplit && this.#missingHalves(part).length > 0;
  }

  /**
   * Files the next round of a part that has been read and leaves requests
   * open.
   *
   * @param part The part.
   */
  async file(part: Part): Promise<void> {
    await this.#fileRound(part);
  }

  /**
   * Halves a part that will not fit into the queue.
   *
   * @param part The part.
   */
  async halve(part: Part): Promise<void> {
    await this.#ensureHalves(part);
  }

  /**
   * Uploads the lines of a round anew, whose file OpenAI does not find.
   *
   * @param part The part; it is given up if its lines can't be had.
   * @param tag What the file says.
   * @returns The new file.
   */
  async uploadAgain(
    part: Part,
    tag: Tag,
  ): Promise<FileObject | undefined> {
    try {
      const encoded = await this.#lines.read(
        part,
        (lines) =>
          tag.round === 0
            ? encodeHalf(lines, 0, Infinity, this.#countTokens)
            : encodeFollowUp(lines, part.due ?? new Map(), this.#countTokens),
      );
      if (!encoded) return undefined;
      const { files } = this.#services;
      const file = await upload(files, tag, encoded.blob, this.#settings);
      this.#parts.addFile(file, tag, true);
      return file;
    } catch (error) {
      giveUp(part, error);
      return undefined;
    }
  }

  /**
   * Counts the input tokens of a part, from its own file.
   *
   * @param part The part.
   * @returns The tokens; undefined if its lines can't be had.
   */
  async countTokens(part: Part): Promise<number | undefined> {
    try {
      return await this.#lines.read(part, async (lines) => {
        let tokens = 0;
        for await (const line of lines) tokens += this.#countTokens(line);
        return tokens;
      });
    } catch (error) {
      if (!(error instanceof InputUnavailableError)) throw error;
      return undefined;
    }
  }

  async #fileRound(part: Part): Promise<void> {
    const held = part.due;
    const first = part.tag;
    if (!held || !first) return;
    try {
      const encoded = await this.#lines.read(
        part,
        (lines) => encodeFollowUp(lines, held, this.#countTokens),
      );
      if (!encoded) return;
      const tag = tagOf(encoded, { ...first, round: part.nextRound });
      await this.#ensureFile(part, tag, encoded);
      part.wantedTag = tag;
    } catch (error) {
      giveUp(part, error);
    }
  }

  /** Both halves, or none: a part that is half asked has no whole any more. */
  async #ensureHalves(part: Part): Promise<void> {
    const missing = this.#missingHalves(part);
    const encoded: [Part, EncodedPart][] = [];
    try {
      for (const [letter, start, end] of missing) {
        const half = await this.#lines.read(
          part,
          (lines) => encodeHalf(lines, start, end, this.#countTokens),
        );
        if (half) encoded.push([part.halfOf(letter), half]);
      }
    } catch (error) {
      const halves = missing.map(([letter]) => part.halfOf(letter));
      for (const one of part.isSplit ? halves : [part]) giveUp(one, error);
      for (const half of part.isSplit ? halves : []) this.#parts.add(half);
      return;
    }
    part.isSplit = true;
    for (const [half, file] of encoded) {
      this.#parts.add(half);
      const tag = tagOf(file, { ...part.tag!, half: half.half, last: false });
      await this.#ensureFile(half, tag, file);
    }
  }

  #missingHalves(
    part: Part,
  ): (readonly [letter: "a" | "b", start: number, end: number])[] {
    const middle = Math.ceil(part.lines / 2);
    const halves = [["a", 0, middle], ["b", middle, part.lines]] as const;
    return halves.filter(([letter]) => {
      const half = this.#parts.find(part.part, part.half + letter);
      return !half?.tag && !half?.givenUp;
    });
  }

  async #ensureFile(
    part: Part,
    tag: Tag,
    { blob, tokens }: EncodedPart,
  ): Promise<void> {
    const round = part.round(tag.round);
    round.tokens = tokens;
    if (round.fileFor(tag)) return;
    const { files } = this.#services;
    const file = await upload(files, tag, blob, this.#settings);
    this.#parts.addFile(file, tag, true);
  }
}

function tagOf(encoded: EncodedPart, rest: Omit<Tag, "lines" | "digest">): Tag {
  return { ...rest, lines: encoded.requests, digest: encoded.digest };
}
