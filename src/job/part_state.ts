/**
 * What a process knows of one part of a job. It can be thrown away: the truth
 * is at OpenAI.
 *
 * @module
 */

import type { IdList } from "../requests/id_list.ts";
import type { EncodedPart } from "../requests/part.ts";
import type { Batch, FileObject } from "../types/batch.ts";
import { countsOf, hasEnded, resultFilesOf, statusOf } from "./_batch_state.ts";
import type { Tag } from "./tag.ts";

/** A line that is in neither file counts as missing only this long after the batch ended, ms: file ids may come late. */
const SETTLE = 600_000;

/** A part that was uploaded. */
export class PartState {
  /** What its file's name says. */
  readonly tag: Tag;
  /** Where its requests are asked. */
  readonly endpoint: string;
  /** Their model, where they name one. */
  readonly model: string | undefined;
  /** Its ids and their positions in the input. */
  readonly ids: IdList;
  /** Its input file. */
  readonly file: FileObject;
  /** When a `POST /batches` for it got no answer, ms: it may have a batch that is not seen yet. */
  unansweredSince: number | undefined;
  /** Ids that have no result yet, once reading has begun. */
  open: Map<string, number> | undefined;
  /** Result files that were read to their end. */
  readonly readFiles: Set<string> = new Set();
  /** Whether every request's result was handed out. */
  done = false;
  /** Results that were handed out, by outcome. */
  readonly delivered: { succeeded: number; failed: number } = {
    succeeded: 0,
    failed: 0,
  };
  #batch: Batch | undefined;
  #endedAt: number | undefined;

  /**
   * @param tag What its file's name says.
   * @param part The part as it was cut.
   * @param file Its input file.
   */
  constructor(tag: Tag, part: EncodedPart, file: FileObject) {
    this.tag = tag;
    this.endpoint = part.endpoint;
    this.model = part.model;
    this.ids = part.ids;
    this.file = file;
  }

  /** Its batch, as last seen. */
  get batch(): Batch | undefined {
    return this.#batch;
  }

  /** Whether its batch runs at OpenAI. */
  get isActive(): boolean {
    return this.#batch !== undefined && this.#endedAt === undefined;
  }

  /** Requests by outcome: as handed out, or as far as the batch tells. */
  get counts(): { succeeded: number; failed: number } {
    const { succeeded, failed } = this.delivered;
    const told = this.#batch ? countsOf(this.#batch) : undefined;
    if (this.done || !told) return { succeeded, failed };
    return {
      succeeded: Math.max(succeeded, told.completed),
      failed: Math.max(failed, told.failed),
    };
  }

  /**
   * @param batch Its batch, as it stands.
   * @param now Milliseconds since the epoch.
   */
  see(batch: Batch, now: number): void {
    this.#batch = batch;
    this.unansweredSince = undefined;
    if (hasEnded(batch)) this.#endedAt ??= now;
  }

  /**
   * Whether waiting brings no more answers: what is still missing is missing.
   *
   * @param now Milliseconds since the epoch.
   * @returns True if the batch failed, or ended long enough ago.
   */
  isFinal(now: number): boolean {
    if (!this.#batch || this.#endedAt === undefined) return false;
    return statusOf(this.#batch) === "failed" || now >= this.#endedAt + SETTLE;
  }

  /**
   * Whether every result can be read now.
   *
   * @param now Milliseconds since the epoch.
   * @returns True if the batch has ended and its files are as many as its counts ask for.
   */
  isReadable(now: number): boolean {
    if (!this.#batch || this.#endedAt === undefined) return false;
    if (this.done || this.isFinal(now)) return true;
    if (this.open) return false; // reading found less than the counts say
    const { completed, failed } = countsOf(this.#batch);
    const files = (completed > 0 ? 1 : 0) + (failed > 0 ? 1 : 0);
    return completed + failed === this.tag.lines &&
      resultFilesOf(this.#batch).length >= files;
  }
}
