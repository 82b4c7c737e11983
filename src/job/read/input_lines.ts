/**
 * The request lines of a part: from its input file at OpenAI, or cut again from
 * the caller's input where a server does not hand that out.
 *
 * @module
 */

import { APIError, OpenAIBatchError } from "../../errors.ts";
import { cut } from "../../requests/cut.ts";
import { IdList } from "../../requests/id_list.ts";
import { IdTable } from "../../requests/id_table.ts";
import { isOneShot } from "../../requests/source.ts";
import type { Batch, FileObject } from "../../types/batch.ts";
import type { JobContext } from "../context.ts";
import type { Part } from "../state/part.ts";
import type { Slice } from "../state/slice.ts";
import {
  checkLines,
  type Line,
  MisreadError,
  readInputFile,
} from "./input_file.ts";

/** So often must the same come instead of an input file until it counts as what the server has. */
const SAME = 3;

/** For so long must it come, ms. */
const LASTING = 600_000;

type Lines = AsyncIterable<Line>;

/** The input of a part can be had neither from OpenAI nor from the caller. */
export class InputUnavailableError extends OpenAIBatchError {}

/** Reads the lines of a job's parts. */
export class InputLines {
  /** Since when something else comes for a part's input file, by its key, ms. */
  readonly #misreadSince = new Map<string, number>();
  readonly #context: JobContext;
  readonly #requests: unknown;

  /** @param requests What the caller passed, if the input is here. */
  constructor(context: JobContext, requests: unknown) {
    this.#context = context;
    this.#requests = requests;
  }

  /** @returns Where its requests are asked: if nobody said so yet, as its first line says, else as a batch of it says; undefined if neither can be had. */
  async endpointOf(part: Part): Promise<string | undefined> {
    if (part.endpoint !== undefined) return part.endpoint;
    try {
      await this.read(part, async (lines) => {
        for await (const _ of lines) break;
      });
    } catch (error) {
      const told = batchOf(part)?.endpoint;
      if (!told || !(error instanceof InputUnavailableError)) {
        giveUp(part, error);
      }
      return told;
    }
    return part.endpoint;
  }

  /** @returns Its ids; undefined if they can't be had. */
  async idsOf(part: Part): Promise<IdList | undefined> {
    try {
      return await this.read(part, async (lines) => {
        const ids = new IdTable();
        for await (const { custom_id } of lines) ids.add(custom_id);
        return new IdList(ids);
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

  /**
   * Does something with the lines of a part, once more if they turn out not to
   * be what they were.
   */
  async read<T>(
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
    const message = "The server returns something else for the input file";
    const { clock } = this.#context.services;
    const since = this.#misreadSince.get(part.key) ?? clock.now();
    this.#misreadSince.set(part.key, since);
    const lastsFor = this.#context.own.stays
      ? clock.now() - since
      // A process woken up for a single step has only just seen it.
      : clock.now() - lastEvent(part) - LASTING;
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

  /** After `attach`, the lines tell what was asked. */
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
    const { files } = this.#context.services;
    const { signal } = this.#context.settings;
    const { whole } = part;
    try {
      const file = await this.#fileOf(part);
      if (file) return yield* readInputFile(files, file, signal);
      if (whole) yield* this.#sliceOf(whole, part.range, this.#fromFile(whole));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      yield* this.#cutAgain(part, error);
    }
  }

  /** A batch may be listed before its file is, and a slice may have none yet. */
  async #fileOf(part: Part): Promise<FileObject | undefined> {
    const round = part.rounds[0];
    const [file] = round?.files ?? [];
    if (file) return file;
    const id = round?.batches.find((batch) => !round.asksOf(batch))
      ?.input_file_id;
    if (!id && part.whole) return undefined;
    if (!id) throw new InputUnavailableError("The input file is gone");
    return await this.#context.services.files.retrieve(id, {
      signal: this.#context.settings.signal,
    });
  }

  async *#cutAgain(part: Part, cause?: unknown): AsyncGenerator<Line> {
    const { defaults, limits, signal } = this.#context.settings;
    const { whole } = part;
    if (whole) {
      const lines = isOneShot(this.#requests)
        ? this.#fromFile(whole)
        : this.#cutAgain(whole);
      return yield* this.#sliceOf(whole, part.range, lines);
    }
    if (isOneShot(this.#requests)) {
      throw new InputUnavailableError(
        "The server does not return the input file",
        { code: "input_unavailable", cause },
      );
    }
    const cutting = { ...limits, keepLines: true, signal };
    for await (const one of cut(this.#requests, defaults, cutting)) {
      if ("tooLarge" in one || one.part !== part.part) continue;
      return yield* one.lines;
    }
  }

  async *#sliceOf(
    whole: Part,
    { first, last }: Slice,
    lines: Lines,
  ): AsyncGenerator<Line> {
    let number = 0;
    for await (const line of this.#learn(whole, lines)) {
      number++;
      if (first <= number && number <= last) yield line;
    }
  }
}

/** One that was created of it, or of what it is a slice of. */
function batchOf({ rounds, whole }: Part): Batch | undefined {
  const [batch] = rounds.flatMap(({ known }) => known);
  return batch ?? (whole && batchOf(whole));
}

/** When something happened to a part last, ms. */
function lastEvent({ rounds }: Part): number {
  const times = rounds.flatMap(({ uploadedAt, endedAt }) => [
    uploadedAt,
    endedAt,
  ]);
  return Math.max(0, ...times);
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

/** Without its lines, a part can't be sent again. */
export function giveUp(part: Part, error: unknown): void {
  if (!(error instanceof InputUnavailableError)) throw error;
  part.givenUp = { code: "input_unavailable", message: error.message };
}

function isRefusal(error: unknown): boolean {
  if (error instanceof InputUnavailableError) return true;
  return error instanceof APIError && error.status >= 400 &&
    error.status < 500 && ![408, 409, 429].includes(error.status);
}
