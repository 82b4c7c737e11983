/**
 * All parts of a job, as far as this process knows, brought together from file
 * names, metadata and the input.
 *
 * @module
 */

import { JobExpiredError } from "../../errors.ts";
import type { Batch, FileObject } from "../../types/batch.ts";
import { millisecondsOf } from "./batch.ts";
import { Part } from "./part.ts";
import type { Round } from "./round.ts";
import { parseTag, type Tag, TAG_KEY } from "./tag.ts";

/** The parts of one job. */
export class Parts {
  readonly #job: string;
  readonly #parts = new Map<string, Part>();
  /** Which round an input file belongs to: some servers drop metadata. */
  readonly #rounds = new Map<string, { part: Part; round: Round }>();
  #createdAt: number | undefined;
  /** The ids of its batches, in the order in which they were seen last. */
  readonly seen: Set<string> = new Set();
  /** When one of its batches was cancelled last by the server's clock, ms. */
  cancelledAt: number = -Infinity;
  /** A batch that was created with the options of who submitted the job: others are to be like it. */
  example: Batch | undefined;

  /** @param job The job's id. */
  constructor(job: string) {
    this.#job = job;
  }

  /** The parts in the order of the input, halves behind their whole. */
  get all(): Part[] {
    return [...this.#parts.values()].sort((a, b) =>
      a.part - b.part || (a.half < b.half ? -1 : 1)
    );
  }

  /** The parts that are asked: not those whose halves are. */
  get leaves(): Part[] {
    return this.all.filter(({ isSplit }) => !isSplit);
  }

  /** When the first file was uploaded, ms. */
  get createdAt(): number | undefined {
    return this.#createdAt;
  }

  /** Whether a part is marked as the last one of the input. */
  get hasEnd(): boolean {
    return this.all.some(({ tag }) => tag?.last);
  }

  /** What is gone of the first part that was not kept whole. */
  get gone(): JobExpiredError | undefined {
    return this.leaves.find(({ gone }) => gone)?.gone;
  }

  /**
   * @param number A part's number.
   * @param half Which half.
   * @returns The part; a new one if nothing is known of it.
   */
  get(number: number, half: string): Part {
    const known = this.find(number, half);
    if (known) return known;
    const whole = half ? this.get(number, half.slice(0, -1)) : undefined;
    const part = new Part(number, half, whole);
    this.add(part);
    return part;
  }

  /**
   * @param number A part's number.
   * @param half Which half.
   * @returns The part, if anything is known of it.
   */
  find(number: number, half: string): Part | undefined {
    return this.#parts.get(`${number}${half}`);
  }

  /**
   * Takes note of a part.
   *
   * @param part The part.
   */
  add(part: Part): void {
    this.#parts.set(part.key, part);
  }

  /**
   * Takes note of an input file of the job.
   *
   * @param file The file.
   * @param tag What its name says.
   * @param isOwn Whether this process has just uploaded it.
   * @returns Its round.
   */
  addFile(file: FileObject, tag: Tag, isOwn: boolean): Round {
    const part = this.get(tag.part, tag.half);
    const round = part.round(tag.round);
    round.addFile(file, tag, isOwn);
    this.#rounds.set(file.id, { part, round });
    if (tag.half) this.#split(this.get(tag.part, tag.half.slice(0, -1)));
    const created = millisecondsOf(file.created_at) ?? Infinity;
    this.#createdAt = Math.min(this.#createdAt ?? created, created);
    return round;
  }

  /**
   * Takes note of a batch, if it is one of the job's.
   *
   * @param batch The batch.
   * @param now Milliseconds since the epoch, by the server's clock.
   * @param isListed Whether that is a list's word, which may be an old one.
   * @returns Whether it is.
   */
  see(batch: Batch, now: number, isListed: boolean): boolean {
    const known = this.#rounds.get(batch.input_file_id);
    const tag = parseTag(batch.metadata?.[TAG_KEY]);
    if (!known && tag?.job !== this.#job) return false;
    const part = known?.part ?? this.get(tag!.part, tag!.half);
    const round = known?.round ?? part.round(tag!.round);
    if (!known) round.addTag(tag!);
    if (!part.endpoint) part.asks(batch.endpoint, undefined);
    round.see(batch, now, isListed);
    this.seen.delete(batch.id);
    this.seen.add(batch.id);
    this.example ??= batch;
    const { cancelling_at, cancelled_at } = batch;
    const cancelledAt = millisecondsOf(cancelling_at ?? cancelled_at) ?? 0;
    this.cancelledAt = Math.max(this.cancelledAt, cancelledAt);
    return true;
  }

  /**
   * Takes note that the server does not know a batch any more.
   *
   * @param batch One of the job's.
   */
  lose(batch: Batch): void {
    const part = this.all.find(({ batches }) =>
      batches.some(({ id }) => id === batch.id)
    );
    if (!part) return;
    for (const round of part.rounds) round.lose(batch.id);
    part.gone ??= new JobExpiredError(`The batch ${batch.id} is gone`);
  }

  /** Where there is one half, there is the other, uploaded or not. */
  #split(whole: Part): void {
    whole.isSplit = true;
    for (const letter of ["a", "b"]) this.get(whole.part, whole.half + letter);
  }
}
