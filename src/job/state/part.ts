/**
 * What a process knows about one part of a job. It can be thrown away: the truth is at
 * OpenAI.
 *
 * @module
 */

import type { JobExpiredError } from "../../errors.ts";
import type { EncodedPart } from "../../requests/part.ts";
import type { IdList } from "../../requests/id_list.ts";
import type { Batch } from "../../types/batch.ts";
import type { ResultError } from "../../results/result.ts";
import { countsOf, hasEnded, mayHaveAnswers, resultFilesOf } from "./batch.ts";
import type { JobClock } from "./job_clock.ts";
import { Round } from "./round.ts";
import { type Held, type ReadState, UNREAD } from "./read_state.ts";
import { formatSlice, sizeOf, type Slice } from "./slice.ts";
import type { Tag } from "./tag.ts";

/** Requests by outcome. */
export interface Counts {
  /** Answered. */
  succeeded: number;
  /** Failed for good. */
  failed: number;
}

/** @returns A key that is the same in every process. */
export function keyOf(job: string, part: Part): string {
  const { digest } = part.tag ?? part.whole?.tag ?? {};
  return `${job}.p${part.key}.${digest}`;
}

/** @param slice Which of its lines; undefined for all. */
export function keyWithin(part: number, slice: Slice | undefined): string {
  return slice ? `${part}.l${formatSlice(slice)}` : `${part}`;
}

/** A part, or a slice of one, with all its rounds. */
export class Part {
  /** Its number: 0, 1, … */
  readonly part: number;
  /** Which of its lines; undefined for all. */
  readonly slice: Slice | undefined;
  /** Its rounds, the first one first. */
  readonly rounds: Round[] = [];
  /** What was read of its answers. */
  reading: ReadState = UNREAD;
  /** Its outcome, once nothing can change any more. */
  settled: Counts | undefined;
  /** Whether a caller is reading its results: no other may. */
  isHandedOut = false;
  /** Whether no unseen batch of it can show up any more; found out once the job is stopped. */
  isQuiet = false;
  /** Whether it is run on its own. */
  isLeaf = false;
  /** Whether slices of it are run instead. */
  isCut = false;
  /** Which of its answers are gone, if any. */
  gone: JobExpiredError | undefined;
  /** Why it was given up, if it was. */
  givenUp: ResultError | undefined;
  readonly #clock: JobClock;
  readonly #whole: Part | undefined;
  #ids: IdList | undefined;
  #endpoint: string | undefined;
  #model: string | undefined;
  #wanted: Tag | undefined;

  /** @param whole The part as a whole, if this is a slice. */
  constructor(clock: JobClock, part: number, slice?: Slice, whole?: Part) {
    this.#clock = clock;
    this.part = part;
    this.slice = slice;
    this.#whole = whole;
  }

  /** The part as a whole, if this is a slice. */
  get whole(): Part | undefined {
    return this.#whole;
  }

  /** Its ids and their positions; known where the input is. */
  get ids(): IdList | undefined {
    const whole = this.#whole?.ids;
    if (!whole || !this.slice) return this.#ids;
    const { first, last } = this.slice;
    return this.#ids ??= whole.slice(first - 1, last);
  }

  /** The endpoint of its requests; found out if the input isn't here. */
  get endpoint(): string | undefined {
    return this.#endpoint ?? this.#whole?.endpoint;
  }

  /** Their model; found out in the same way. */
  get model(): string | undefined {
    return this.#model ?? this.#whole?.model;
  }

  /** Its name within the job. */
  get key(): string {
    return keyWithin(this.part, this.slice);
  }

  /** What its first file says; there is none if nothing was uploaded. */
  get tag(): Tag | undefined {
    return this.rounds[0]?.tags[0];
  }

  /** How many requests it has. */
  get lines(): number {
    if (this.slice) return sizeOf(this.slice);
    return this.ids?.length ?? this.tag?.lines ?? 0;
  }

  /** Its lines, by their numbers in the part's first file; the last one is Infinity while unknown. */
  get range(): Slice {
    return this.slice ?? { first: 1, last: this.lines || Infinity };
  }

  /** Whether it can't be cut any more: something was sent, or is over. */
  get isFixed(): boolean {
    return this.batches.length > 0 || !!this.settled || !!this.gone ||
      !!this.givenUp || this.reading.done;
  }

  /** Its last round so far. */
  get current(): Round | undefined {
    return this.rounds.at(-1);
  }

  /** The round in which its open requests are sent next. */
  get nextRound(): number {
    return this.reading.rounds;
  }

  /** Requests to be sent again, once everything before has been read. */
  get due(): ReadonlyMap<string, Held> | undefined {
    if (this.reading.done || this.givenUp || this.nextRound === 0) {
      return undefined;
    }
    const next = this.rounds[this.nextRound];
    const { held } = this.reading;
    return next?.batches.length || held.size === 0 ? undefined : held;
  }

  /** @returns Whether it has all that is due of its lines, and no more: what came late is not asked for again. */
  isFiled(tag: Tag): boolean {
    const { due, range: { first } } = this;
    const { slice } = tag;
    if (!due) return true;
    if (keyWithin(this.part, slice) === this.key || !slice) {
      return due.size === tag.lines;
    }
    const lines = [...due.values()].map(({ line }) => first + line);
    return tag.lines ===
      lines.filter((line) => slice.first <= line && line <= slice.last).length;
  }

  /** The file that is to be run next, once it is uploaded. */
  get wantedTag(): Tag | undefined {
    return this.madeTag(this.nextRound) ??
      (this.nextRound === 0 ? this.tag : this.#leftTag);
  }

  set wantedTag(tag: Tag) {
    this.#wanted = tag;
  }

  /** The file that this process has made for a round, if it has. */
  madeTag(round: number): Tag | undefined {
    return this.#wanted?.round === round ? this.#wanted : undefined;
  }

  /** Where the lines can't be had: the file that an earlier process made of all that is open. */
  get #leftTag(): Tag | undefined {
    const open = this.reading.openUnnamed(this.lines);
    if (!open) return undefined;
    const next = this.rounds[this.nextRound];
    return next?.tags.find(({ lines }) => lines === open);
  }

  /** Batches that may change yet: those that run, and those whose files are still to come. */
  get watched(): Batch[] {
    if (this.settled || this.reading.done) return this.active;
    const unread = this.rounds.slice(this.nextRound)
      .flatMap(({ batches }) => batches);
    // Their files may come after they were given up.
    const late = this.#read.filter(mayHaveAnswers);
    return [...new Set([...this.active, ...unread, ...late])];
  }

  /** Whether files came late of a round that was thought to be read to its end. */
  get hasLateFiles(): boolean {
    return this.#read.some((batch) =>
      resultFilesOf(batch).length > 0 && !this.reading.hasRead(batch)
    );
  }

  /** Batches of the rounds that were read to their end. */
  get #read(): Batch[] {
    return this.rounds.slice(0, this.nextRound)
      .flatMap(({ batches }) => batches);
  }

  /** Whether its next round has a batch. */
  get isRunning(): boolean {
    return (this.rounds[this.nextRound]?.batches.length ?? 0) > 0;
  }

  /** Whether something has ended and was not read to its end. */
  get isUnread(): boolean {
    return !this.settled && !this.reading.done && !this.gone && this.isRunning;
  }

  /** Whether its only batch says that it answered every request. */
  get isAnswered(): boolean {
    const [batch, ...more] = this.batches;
    if (!batch || more.length > 0 || !hasEnded(batch)) return false;
    if (this.rounds.some((round) => round.asksOf(batch))) return false;
    return countsOf(batch).completed === this.lines &&
      resultFilesOf(batch).length > 0;
  }

  /** All batches that ran or run. */
  get batches(): Batch[] {
    return this.rounds.flatMap((round) => round.batches);
  }

  /** Whether it may be asked yet: its slices are instead, if it was cut. */
  get isOpen(): boolean {
    const isOver = this.settled || this.givenUp || this.gone ||
      this.reading.hasAll(this.lines);
    return this.isLeaf && !isOver;
  }

  /** Batches that run at OpenAI. */
  get active(): Batch[] {
    return this.rounds.flatMap((round) => round.active);
  }

  /** Requests by outcome, as far as is known. */
  get counts(): Counts {
    if (this.settled) return this.settled;
    const { succeeded, failed } = this.reading.counts;
    const told = this.rounds.slice(this.nextRound)
      .flatMap(({ batches }) => batches.slice(0, 1))
      .filter((batch) => !this.reading.hasRead(batch))
      .map((batch) => countsOf(batch).completed)
      .reduce((sum, completed) => sum + completed, 0);
    return { succeeded: Math.min(succeeded + told, this.lines), failed };
  }

  /** A round, without opening it. */
  peek(number: number): Round {
    return this.rounds[number] ?? new Round(this.#clock);
  }

  /** Opens a round, and those before it. */
  round(number: number): Round {
    while (this.rounds.length <= number) {
      this.rounds.push(new Round(this.#clock));
    }
    return this.rounds[number] as Round;
  }

  /** Takes over what only the input tells. */
  know(part: EncodedPart): void {
    this.#ids = part.ids;
    this.asks(part.endpoint, part.model);
  }

  /** Takes note of where its requests are asked. */
  asks(endpoint: string, model: string | undefined): void {
    this.#endpoint = endpoint;
    this.#model ??= model;
  }
}
