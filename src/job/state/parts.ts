/**
 * All parts of a job, as far as this process knows, brought together from file
 * names, metadata and the input.
 *
 * @module
 */

import { JobExpiredError } from "../../errors.ts";
import type { Batch, FileObject } from "../../types/batch.ts";
import { hasEnded, millisecondsOf, voidReason } from "./batch.ts";
import { Part } from "./part.ts";
import type { Round } from "./round.ts";
import { parseTag, type Tag, TAG_KEY } from "./tag.ts";

/** A batch of the job, and what it is of. */
export interface Known {
  /** The batch, as it was seen last. */
  batch: Batch;
  /** Its part. */
  part: Part;
  /** Its round. */
  round: Round;
}

/** The parts of one job. */
export class Parts {
  readonly #job: string;
  readonly #parts = new Map<string, Part>();
  /** Which round an input file belongs to: some servers drop metadata. */
  readonly #rounds = new Map<string, { part: Part; round: Round }>();
  #createdAt: number | undefined;
  #sorted: Part[] | undefined;
  /** Counts what has changed. */
  version: number = 0;
  /** All its batches, by their ids. */
  readonly batches: Map<string, Known> = new Map();
  /** Those that run at OpenAI. */
  readonly active: Map<string, Known> = new Map();
  /** Those for which the queue was full. */
  readonly refused: Map<string, Known> = new Map();
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
  get all(): readonly Part[] {
    return this.#sorted ??= [...this.#parts.values()].sort((a, b) =>
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
    this.#sorted = undefined;
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
    this.version++;
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
    this.note(part, round, batch, now, isListed);
    this.seen.delete(batch.id);
    this.seen.add(batch.id);
    this.example ??= batch;
    const { cancelling_at, cancelled_at } = batch;
    const cancelledAt = millisecondsOf(cancelling_at ?? cancelled_at) ?? 0;
    this.cancelledAt = Math.max(this.cancelledAt, cancelledAt);
    return true;
  }

  /**
   * Takes note of a batch of a part, as it stands now.
   *
   * @param part The part.
   * @param round Its round.
   * @param seen The batch.
   * @param now Milliseconds since the epoch, by the server's clock.
   * @param isListed Whether that is a list's word.
   */
  note(
    part: Part,
    round: Round,
    seen: Batch,
    now: number,
    isListed: boolean,
  ): void {
    const batch = round.see(seen, now, isListed);
    const known = { batch, part, round };
    this.batches.set(batch.id, known);
    if (hasEnded(batch)) this.active.delete(batch.id);
    else this.active.set(batch.id, known);
    if (voidReason(batch) === "queue") this.refused.set(batch.id, known);
    this.version++;
  }

  /**
   * Takes note that the server does not know a batch any more.
   *
   * @param batch One of the job's.
   */
  lose({ id }: Batch): void {
    const known = this.batches.get(id);
    if (!known || voidReason(known.batch)) return;
    known.round.lose(id);
    known.part.gone ??= new JobExpiredError(`The batch ${id} is gone`);
    this.active.delete(id);
    this.version++;
  }

  /** Where there is one half, there is the other, uploaded or not. */
  #split(whole: Part): void {
    whole.isSplit = true;
    for (const letter of ["a", "b"]) this.get(whole.part, whole.half + letter);
  }
}
