/**
 * All parts of a job, as far as this process knows, brought together from file
 * names, metadata and the input.
 *
 * @module
 */

import { JobExpiredError } from "../../errors.ts";
import type { Batch, FileObject } from "../../types/batch.ts";
import { hasEnded, millisecondsOf, voidReason } from "./batch.ts";
import { Leaves } from "./leaves.ts";
import { keyWithin, Part } from "./part.ts";
import type { JobClock } from "./job_clock.ts";
import type { Round } from "./round.ts";
import type { Slice } from "./slice.ts";
import { parseTag, type Tag, TAG_KEY } from "./tag.ts";

/** A batch of the job, and what it is of. */
export interface Known {
  /** The batch, as it was seen last. */
  batch: Batch;
  /** Its part, or slice. */
  part: Part;
  /** The number of its round. */
  number: number;
  /** Its round. */
  round: Round;
}

/** The parts of one job. */
export class Parts {
  readonly #job: string;
  readonly #clock: JobClock;
  readonly #parts = new Map<string, Part>();
  readonly #leavesOf = new Map<number, Leaves>();
  /** Which round an input file belongs to: some servers drop metadata. */
  readonly #rounds = new Map<string, { part: Part; number: number }>();
  #createdAt: number | undefined;
  /** The files that this process has uploaded. */
  readonly #own = new Set<string>();
  #sorted: Part[] | undefined;
  #leaves: Part[] | undefined;
  /** Counts what has changed. */
  version: number = 0;
  /** All its input files, by their ids. */
  readonly files: Map<string, FileObject> = new Map();
  /** All its batches, by their ids. */
  readonly batches: Map<string, Known> = new Map();
  /** Those that run at OpenAI. */
  readonly active: Map<string, Known> = new Map();
  /** Those for which the queue was full. */
  readonly refused: Map<string, Known> = new Map();
  /** The ids of its batches, in the order in which they were seen last. */
  readonly seen: Set<string> = new Set();
  /** The date of the last file that another process uploaded, ms. */
  #uploaded = -Infinity;
  /** When one of its batches was cancelled last: the server's date, ms. */
  cancelDate: number = -Infinity;
  /** A batch created with the options that the job was submitted with: later ones are made like it. */
  example: Batch | undefined;
  /** Whether a part is marked as the last one of the input. */
  hasEnd = false;

  constructor(job: string, clock: JobClock) {
    this.#job = job;
    this.#clock = clock;
  }

  /** All that is known of by itself, in the order of the input: parts, and slices of them. */
  get all(): readonly Part[] {
    return this.#sorted ??= [...this.#parts.values()].sort((a, b) =>
      a.part - b.part || (a.slice?.first ?? 0) - (b.slice?.first ?? 0) ||
      (b.slice?.last ?? 0) - (a.slice?.last ?? 0)
    );
  }

  /** What is asked by itself, in the order of the input: each request is in one of them. */
  get leaves(): readonly Part[] {
    return this.#leaves ??= [...this.#leavesOf.entries()]
      .sort(([a], [b]) => a - b)
      .flatMap(([, { all }]) => all);
  }

  /** When another process uploaded a file last, ms. */
  get uploadedAt(): number {
    return this.#clock.timeOf(this.#uploaded);
  }

  /** When one of its batches was cancelled last, ms. */
  get cancelledAt(): number {
    return this.#clock.timeOf(this.cancelDate);
  }

  /** When the first file was uploaded, as a status shows it: the server's date, ms. */
  get createdAt(): number | undefined {
    return this.#createdAt;
  }

  /** What is gone of the first part that was not kept whole. */
  get gone(): JobExpiredError | undefined {
    return this.leaves.find(({ gone }) => gone)?.gone;
  }

  /** @returns What is known of it; something new if that is nothing. */
  get(number: number, slice?: Slice): Part {
    const key = keyWithin(number, slice);
    const known = this.#parts.get(key);
    if (known) return known;
    const whole = slice && this.get(number);
    const part = new Part(this.#clock, number, slice, whole);
    this.#parts.set(key, part);
    this.#sorted = undefined;
    if (slice) return part;
    this.#leaves = undefined;
    const partOf = (slice: Slice) => this.get(number, slice);
    const onChange = () => this.#leaves = undefined;
    this.#leavesOf.set(number, new Leaves(part, partOf, onChange));
    return part;
  }

  /** @returns What is known of it, if anything is. */
  find(number: number, slice?: Slice): Part | undefined {
    return this.#parts.get(keyWithin(number, slice));
  }

  /** @returns What is asked by itself of its lines. */
  leavesOf(part: Part): Part[] {
    return this.#leavesOf.get(part.part)?.of(part) ?? [];
  }

  /** Takes note of an input file of the job. */
  addFile(file: FileObject, tag: Tag, isOwn: boolean): Round {
    const part = this.get(tag.part, tag.slice);
    const round = part.round(tag.round);
    round.addFile(file, tag, isOwn);
    if (isOwn) this.#own.add(file.id);
    const created = millisecondsOf(file.created_at);
    if (!this.#own.has(file.id)) {
      this.#uploaded = Math.max(this.#uploaded, created ?? -Infinity);
    }
    this.files.set(file.id, file);
    this.#rounds.set(file.id, { part, number: tag.round });
    this.hasEnd ||= tag.last;
    this.version++;
    if (tag.round === 0) this.#leavesOf.get(tag.part)!.addFile(part);
    // A later round may have a slice of what a leaf leaves open.
    else {for (const leaf of this.leavesOf(part)) {
        if (leaf !== part) leaf.round(tag.round).addFile(file, tag, isOwn);
      }}
    const earliest = this.#createdAt ?? Infinity;
    this.#createdAt = Math.min(earliest, created ?? Infinity);
    return round;
  }

  /**
   * Takes note of a batch, if it is one of the job's.
   *
   * @param isListed Whether that is a list's word, which may be an old one.
   */
  see(batch: Batch, isListed: boolean): boolean {
    const known = this.#rounds.get(batch.input_file_id);
    const tag = parseTag(batch.metadata?.[TAG_KEY]);
    if (!known && tag?.job !== this.#job) return false;
    const part = known?.part ?? this.get(tag!.part, tag!.slice);
    const number = known?.number ?? tag!.round;
    if (!known) part.round(number).addTag(tag!);
    if (!known) this.hasEnd ||= tag!.last;
    if (!part.endpoint) part.asks(batch.endpoint, undefined);
    this.note(part, number, batch, isListed);
    this.seen.delete(batch.id);
    this.seen.add(batch.id);
    this.example ??= batch;
    const { cancelling_at, cancelled_at } = batch;
    const cancelDate = millisecondsOf(cancelling_at ?? cancelled_at) ?? 0;
    this.cancelDate = Math.max(this.cancelDate, cancelDate);
    return true;
  }

  /** Takes note of a batch of a part, as it stands now. */
  note(part: Part, number: number, seen: Batch, isListed: boolean): void {
    const round = part.round(number);
    const batch = round.see(seen, isListed);
    const known = { batch, part, number, round };
    this.batches.set(batch.id, known);
    if (hasEnded(batch)) this.active.delete(batch.id);
    else this.active.set(batch.id, known);
    if (voidReason(batch) === "queue") this.refused.set(batch.id, known);
    const isFirst = number === 0 && !voidReason(batch);
    if (isFirst) this.#leavesOf.get(part.part)!.addBatch(part);
    this.version++;
    for (const leaf of this.leavesOf(part)) {
      if (leaf === part) continue;
      const round = leaf.rounds[number];
      const isOther = !round?.has(batch) &&
        !round?.files.some(({ id }) => id === batch.input_file_id);
      if (isOther && voidReason(batch)) continue;
      leaf.round(number).see(batch, isListed, part.range);
    }
  }

  /** Takes note that a part, or a slice, is through. */
  settle(part: Part, counts: NonNullable<Part["settled"]>): void {
    part.settled = counts;
    this.#leavesOf.get(part.part)!.addBatch(part);
    this.version++;
  }

  /** Takes note that the server does not know a batch any more. */
  lose({ id }: Batch): void {
    const known = this.batches.get(id);
    if (!known || voidReason(known.batch)) return;
    const { part, number } = known;
    for (const leaf of new Set([part, ...this.leavesOf(part)])) {
      leaf.rounds[number]?.lose(id);
      leaf.gone ??= new JobExpiredError(`The batch ${id} is gone`);
    }
    this.active.delete(id);
    this.version++;
  }
}
