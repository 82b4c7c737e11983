/**
 * One try of a part: its input file, and the batches that run it.
 *
 * @module
 */

import type { Batch, FileObject } from "../../types/batch.ts";
import {
  byAge,
  endOf,
  hasEnded,
  millisecondsOf,
  resultFilesOf,
  voidReason,
} from "./batch.ts";
import type { JobClock } from "./job_clock.ts";
import type { Slice } from "./slice.ts";
import { formatTag, parseTag, type Tag, TAG_KEY } from "./tag.ts";

/** A batch, as this process has seen it. */
interface Seen {
  batch: Batch;
  /** Once it has ended: the date of its end, if it has one, and when that was first seen. */
  end: { date: number | undefined; seenAt: number } | undefined;
  /** When it was retrieved last. */
  seenAt: number;
  /** Whether the server does not know it any more. */
  isLost: boolean;
  /** Which lines of the part it was to ask, where that is another slice. */
  asks: Slice | undefined;
}

/** What is known of one round of a part. */
export class Round {
  /** When a `POST /batches` got no answer, ms: there may be a batch that is not seen yet. */
  unansweredSince: number | undefined;
  /** Since when no create has got an answer, ms. */
  troubleSince: number | undefined;
  /** Until when its file is not asked for again, which the server still looked at, ms. */
  pendingUntil: number = -Infinity;
  /** Input tokens of its requests, where they were counted. */
  tokens: number | undefined;
  /** What the files' names say, the oldest file first. */
  tags: readonly Tag[] = [];
  /** The input files, the oldest first. */
  files: readonly FileObject[] = [];
  /** All its batches, the oldest first. */
  known: readonly Batch[] = [];
  /** Batches that ran or run, the one that counts first. */
  batches: readonly Batch[] = [];
  /** Batches that never got into the queue, the oldest first. */
  voids: readonly Batch[] = [];
  /** Those of them for which the queue was full. */
  refusals: readonly Batch[] = [];
  /** Batches that run at OpenAI. */
  active: readonly Batch[] = [];
  readonly #files = new Map<string, { file: FileObject; tag: Tag }>();
  #own: FileObject | undefined;
  #told: Tag | undefined;
  readonly #batches = new Map<string, Seen>();
  readonly #clock: JobClock;

  constructor(clock: JobClock) {
    this.#clock = clock;
  }

  /** Takes note of an input file. */
  addFile(file: FileObject, tag: Tag, isOwn: boolean): void {
    if (isOwn) this.#own = file;
    this.#files.set(file.id, { file, tag });
    this.#sortFiles();
  }

  /** The last file that this process uploaded: no other one can have run it. */
  get ownFile(): FileObject | undefined {
    return this.#own;
  }

  /** Takes note of what a batch says of an input file that is gone. */
  addTag(tag: Tag): void {
    this.#told = tag;
    this.#sortFiles();
  }

  /**
   * Takes note of a batch, as it stands now.
   *
   * @param isListed Whether that is a list's word: it may be an old one, and may leave the files out.
   * @param asks Which lines of the part it was to ask, where that is another slice than the round's.
   * @returns The batch as it is known now.
   */
  see(batch: Batch, isListed: boolean, asks?: Slice): Batch {
    const known = this.#batches.get(batch.id);
    if (known && saysLess(batch, known.batch)) return known.batch;
    const now = this.#clock.now();
    const end = known?.end ??
      (hasEnded(batch) ? { date: endOf(batch), seenAt: now } : undefined);
    const seenAt = isListed ? known?.seenAt ?? -Infinity : now;
    const isLost = false;
    this.#batches.set(batch.id, { batch, end, seenAt, isLost, asks });
    this.#sortBatches();
    // One that was seen before says nothing of a later create.
    if (!known) this.unansweredSince = this.troubleSince = undefined;
    return batch;
  }

  /** @returns Which lines of the part it was to ask, where that is another slice than the round's. */
  asksOf(batch: Batch): Slice | undefined {
    return this.#batches.get(batch.id)?.asks;
  }

  /** @returns Whether it is one of its batches. */
  has(batch: Batch): boolean {
    return this.#batches.has(batch.id);
  }

  /** Takes note that the server does not know a batch any more. */
  lose(id: string): void {
    const seen = this.#batches.get(id);
    if (seen) seen.isLost = true;
    this.#sortBatches();
  }

  /** @returns What the name of a batch's file says; what the batch itself says as long as its file was not seen. */
  tagOf({ input_file_id, metadata }: Batch): Tag | undefined {
    const known = this.#files.get(input_file_id)?.tag;
    return known ?? parseTag(metadata?.[TAG_KEY]);
  }

  /** The size of its input file, 0 if none was seen. */
  get bytes(): number {
    return this.files[0]?.bytes ?? 0;
  }

  /**
   * The file to run: of those with these lines the one that OpenAI has failed
   * to find least often.
   *
   * @returns The file, and how often it was not found; undefined if there is none.
   */
  fileFor(tag: Tag): { file: FileObject; misses: number } | undefined {
    const misses = (id: string) =>
      this.voids.filter((batch) =>
        batch.input_file_id === id && voidReason(batch) === "file"
      ).length;
    const wanted = formatTag(tag);
    return this.files
      .filter((_, i) => formatTag(this.tags[i] as Tag) === wanted)
      .map((file) => ({ file, misses: misses(file.id) }))
      .sort((a, b) => a.misses - b.misses)[0];
  }

  /** @returns The batches that never got into the queue and were to run it, the oldest first. */
  voidsOf(tag: Tag | undefined): Batch[] {
    return this.voids.filter(({ input_file_id }) => {
      const known = this.#files.get(input_file_id);
      return !known || !tag || formatTag(known.tag) === formatTag(tag);
    });
  }

  /** Whether it has a batch that counts, and none that still runs. */
  get hasEnded(): boolean {
    return this.batches.length > 0 && this.known.every(hasEnded);
  }

  /** When another process may have created a batch of it last: right after an upload, ms. */
  get uploadedAt(): number {
    const dates = this.files.map(({ created_at }) =>
      millisecondsOf(created_at) ?? 0
    );
    return this.#clock.timeOf(Math.max(...dates));
  }

  /** When its last batch ended, ms. */
  get endedAt(): number {
    const ends = [...this.#batches.values()].map(({ end }) => {
      const { date, seenAt = 0 } = end ?? {};
      return date === undefined ? seenAt : this.#clock.timeOf(date);
    });
    return Math.max(0, ...ends);
  }

  /** When the batches that count were retrieved last, ms. */
  get seenAt(): number {
    const counting = [...this.#batches.values()].filter(({ batch }) =>
      !voidReason(batch)
    );
    return Math.min(...counting.map(({ seenAt }) => seenAt));
  }

  /** Hundreds of parts are asked for these in each step: they are made when something is seen. */
  #sortBatches(): void {
    const seen = [...this.#batches.values()]
      .sort((a, b) => byAge(a.batch, b.batch));
    this.known = seen.map(({ batch }) => batch);
    this.batches = this.known.filter((batch) => !voidReason(batch));
    this.voids = this.known.filter((batch) => voidReason(batch));
    this.refusals = this.voids.filter((batch) => voidReason(batch) === "queue");
    this.active = seen.filter(({ isLost }) => !isLost)
      .map(({ batch }) => batch).filter((batch) => !hasEnded(batch));
  }

  #sortFiles(): void {
    const files = [...this.#files.values()]
      .sort((a, b) => byAge(a.file, b.file));
    this.files = files.map(({ file }) => file);
    this.tags = [
      ...files.map(({ tag }) => tag),
      ...(this.#told ? [this.#told] : []),
    ];
  }
}

/** Nothing goes back: a claim that an ended batch is running, or has no files, is stale. */
function saysLess(batch: Batch, known: Batch): boolean {
  if (!hasEnded(known)) return false;
  const files = resultFilesOf(batch).length;
  return !hasEnded(batch) || files < resultFilesOf(known).length;
}
