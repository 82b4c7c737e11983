/**
 * Files what comes after a part's first file: follow-up rounds with what is
 * still unanswered, and the halves of a part that does not fit into the queue.
 *
 * @module
 */

import { APIError, OpenAIBatchError } from "../../errors.ts";
import { cut } from "../../requests/cut.ts";
import type { EncodedPart } from "../../requests/part.ts";
import { isOneShot } from "../../requests/source.ts";
import { lineCounter } from "../../requests/text_of.ts";
import type { FileObject } from "../../types/batch.ts";
import { errorsOf, millisecondsOf } from "../state/batch.ts";
import {
  checkLines,
  encodeFollowUp,
  encodeHalf,
  type Line,
  MisreadError,
  readInputFile,
} from "../read/input_file.ts";
import type { JobSettings } from "../options.ts";
import type { Part } from "../state/part.ts";
import type { Parts } from "../state/parts.ts";
import { tokensOf } from "./queue.ts";
import type { Services } from "../services.ts";
import type { Tag } from "../state/tag.ts";
import { upload } from "./upload.ts";

/** So often must the same come instead of an input file until it counts as what the server has. */
const SAME = 3;

/** For so long must it come, ms. */
const LASTING = 600_000;

type Lines = AsyncIterable<Line>;

/** The input of a part can be had neither from OpenAI nor from the caller. */
class InputUnavailableError extends OpenAIBatchError {}

/** New files of a job from its old ones. */
export class LaterRounds {
  /** Whether this process waits between steps, or is woken up for a single one. */
  stays: boolean;
  /** Since when something else comes for a part's input file, by its key, ms. */
  readonly #misreadSince = new Map<string, number>();
  readonly #services: Services;
  readonly #settings: JobSettings;
  readonly #parts: Parts;
  readonly #requests: unknown;
  readonly #countTokens: ReturnType<typeof lineCounter>;

  /**
   * @param services The client's.
   * @param settings The job's options.
   * @param parts What is known of its parts.
   * @param requests What the caller passed, if the input is here.
   */
  constructor(
    services: Services,
    settings: JobSettings,
    parts: Parts,
    requests: unknown,
  ) {
    this.#services = services;
    this.#settings = settings;
    this.#parts = parts;
    this.#requests = requests;
    this.#countTokens = lineCounter(settings.queue.countTokens);
    this.stays = requests !== undefined;
  }

  /**
   * @param part A part.
   * @returns Whether there is something to file of it.
   */
  isDue(part: Part): boolean {
    return part.isSplit
      ? this.#missingHalves(part).length > 0
      : part.due !== undefined && !part.wantedTag;
  }

  /**
   * Files the next round of a part that has been read and leaves requests
   * open, or its missing halves.
   *
   * @param part The part.
   */
  async file(part: Part): Promise<void> {
    if (part.isSplit) await this.#ensureHalves(part);
    else if (part.due && !this.#isFiled(part)) await this.#fileRound(part);
  }

  /**
   * Halves a part that will not fit into the queue. A single request can't be
   * halved: it is given up.
   *
   * @param part The part.
   * @returns False if it has run before: what is left of it is smaller and will fit.
   */
  async halve(part: Part): Promise<boolean> {
    if (part.batches.length > 0) return false;
    if (part.lines === 1) {
      const refusal = part.current?.refusals.at(-1);
      const message = (refusal && errorsOf(refusal)[0]?.message) ??
        "The request does not fit the queue";
      part.givenUp = { code: "token_limit_exceeded", message };
      return true;
    }
    await this.#ensureHalves(part);
    return true;
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
      const encoded = await this.#read(
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
   */
  async countTokens(part: Part): Promise<void> {
    const round = part.round(0);
    try {
      round.tokens = await this.#read(part, async (lines) => {
        let tokens = 0;
        for await (const line of lines) tokens += this.#countTokens(line);
        return tokens;
      });
    } catch (error) {
      if (!(error instanceof InputUnavailableError)) throw error;
      round.tokens = tokensOf(round); // an estimate is better than none
    }
  }

  /**
   * @param part A part.
   * @returns Where its requests are asked: if nobody said so yet, as its first line says; undefined if that can't be had.
   */
  async endpointOf(part: Part): Promise<string | undefined> {
    if (part.endpoint !== undefined) return part.endpoint;
    try {
      await this.#read(part, async (lines) => {
        for await (const _ of lines) break;
      });
    } catch (error) {
      giveUp(part, error);
    }
    return part.endpoint;
  }

  /**
   * @param part A part whose input is not here.
   * @returns Its ids in the order of its lines; undefined if they can't be had.
   */
  async idsOf(part: Part): Promise<string[] | undefined> {
    try {
      return await this.#read(part, async (lines) => {
        const ids: string[] = [];
        for await (const { custom_id } of lines) ids.push(custom_id);
        return ids;
      });
    } catch (error) {
      if (error instanceof InputUnavailableError) return undefined;
      throw error;
    }
  }

  /**
   * The lines of a part.
   *
   * @param part The part; it is given up if they can't be had.
   * @returns The lines, in the order of its file; some twice, where it had to be read again.
   */
  async *linesOf(part: Part): AsyncGenerator<Line> {
    try {
      for (const source of this.#sourcesOf(part)) {
        if (yield* wholeOf(source())) return;
      }
      throw this.#misread(part);
    } catch (error) {
      giveUp(part, error);
    }
  }

  /** Answers that came late are not asked for again: then there has to be another file. */
  #isFiled({ wantedTag, due }: Part): boolean {
    return wantedTag !== undefined && wantedTag.lines === due?.size;
  }

  async #fileRound(part: Part): Promise<void> {
    const held = part.due;
    const first = part.tag;
    if (!held || !first) return;
    try {
      const encoded = await this.#read(
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
        const half = await this.#read(
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

  /**
   * Does something with the lines of a part, once more if they turn out not to
   * be what they were.
   */
  async #read<T>(
    part: Part,
    use: (lines: Lines) => Promise<T>,
  ): Promise<T> {
    const repeats = isOneShot(this.#requests);
    let seen: string | undefined;
    for (const source of this.#sourcesOf(part)) {
      try {
        const value = await use(source());
        this.#misreadSince.delete(part.key);
        return value;
      } catch (error) {
        if (!(error instanceof MisreadError)) throw error;
        // What differs each time breaks off on its way.
        if (repeats && seen !== undefined && seen !== error.seen) throw error;
        seen = error.seen;
      }
    }
    throw this.#misread(part);
  }

  /** A login page may be gone a little later: only what stays counts as what the server has. */
  #misread(part: Part): Error {
    const message = "The server hands out something else for the input file";
    const { clock, serverClock } = this.#services;
    const since = this.#misreadSince.get(part.key) ?? clock.now();
    this.#misreadSince.set(part.key, since);
    const lastsFor = this.stays
      ? clock.now() - since
      // Who is woken up for a single step has seen it only now.
      : serverClock.now() - lastEvent(part) - LASTING;
    if (isOneShot(this.#requests) && lastsFor < LASTING) {
      return new MisreadError(message, "");
    }
    return new InputUnavailableError(message, { code: "input_unavailable" });
  }

  /** Where the lines of a part can be had: its own file, and the caller's input where that is here. */
  #sourcesOf(part: Part): (() => Lines)[] {
    const file = () => this.#learn(part, this.#fromFile(part));
    if (isOneShot(this.#requests)) return Array(SAME).fill(file);
    return [file, () => this.#learn(part, this.#cutAgain(part))];
  }

  /** Who attached learns from the lines what is asked. */
  async *#learn(part: Part, lines: Lines): AsyncGenerator<Line> {
    for await (const line of checkLines(lines, part.lines)) {
      const { url, body: { model } } = line;
      const asked = typeof model === "string" ? model : undefined;
      part.asks(part.endpoint ?? url, asked);
      yield line;
    }
  }

  /** Where a server does not hand out the file, the caller's input has to do. */
  async *#fromFile(part: Part): AsyncGenerator<Line> {
    const { files } = this.#services;
    const { signal } = this.#settings;
    try {
      yield* readInputFile(files, await this.#fileOf(part), signal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      yield* this.#cutAgain(part, error);
    }
  }

  /** A batch may be listed before its file is. */
  async #fileOf(part: Part): Promise<FileObject> {
    const { files = [], batches = [] } = part.rounds[0] ?? {};
    const [file] = files;
    if (file) return file;
    const id = batches[0]?.input_file_id;
    if (!id) throw new InputUnavailableError("The input file is gone");
    return await this.#services.files.retrieve(id, {
      signal: this.#settings.signal,
    });
  }

  async *#cutAgain(part: Part, cause?: unknown): AsyncGenerator<Line> {
    const { defaults, limits, signal } = this.#settings;
    if (part.whole) return yield* this.#halfOf(part.whole, part);
    if (isOneShot(this.#requests)) {
      throw new InputUnavailableError(
        "The server does not hand out the input file",
        { code: "input_unavailable", cause },
      );
    }
    const cutting = { ...limits, keepLines: true, signal };
    for await (const one of cut(this.#requests, defaults, cutting)) {
      if ("tooLarge" in one || one.part !== part.part) continue;
      return yield* one.lines;
    }
  }

  async *#halfOf(whole: Part, half: Part): AsyncGenerator<Line> {
    const middle = Math.ceil(whole.lines / 2);
    const isFirst = half.half.endsWith("a");
    let number = 0;
    const lines = isOneShot(this.#requests)
      ? this.#fromFile(whole)
      : this.#cutAgain(whole);
    for await (const line of this.#learn(whole, lines)) {
      if ((number++ < middle) === isFirst) yield line;
    }
  }
}

/** When something happened to a part last by the server's clock, ms. */
function lastEvent({ rounds }: Part): number {
  const uploads = rounds.flatMap(({ files }) =>
    files.map(({ created_at }) => millisecondsOf(created_at) ?? 0)
  );
  return Math.max(0, ...uploads, ...rounds.map(({ endedAt }) => endedAt));
}

/** Lines as they come; false if they turned out not to be what they were. */
async function* wholeOf(lines: Lines): AsyncGenerator<Line, boolean> {
  try {
    yield* lines;
    return true;
  } catch (error) {
    if (!(error instanceof MisreadError)) throw error;
    return false;
  }
}

/** Without its lines, a part can't be asked again. */
function giveUp(part: Part, error: unknown): void {
  if (!(error instanceof InputUnavailableError)) throw error;
  part.givenUp = { code: "input_unavailable", message: error.message };
}

function tagOf(encoded: EncodedPart, rest: Omit<Tag, "lines" | "digest">): Tag {
  return { ...rest, lines: encoded.requests, digest: encoded.digest };
}

function isRefusal(error: unknown): boolean {
  if (error instanceof InputUnavailableError) return true;
  return error instanceof APIError && error.status >= 400 &&
    error.status < 500 && ![408, 409, 429].includes(error.status);
}
