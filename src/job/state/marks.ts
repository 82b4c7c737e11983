/**
 * Marks: small files that say everything with their names. They tell every process
 * that a job was ended, or that a step will come back to create a batch.
 *
 * What a mark looks like, and what those of a job say, is known here alone.
 * `send/mark_files.ts` leaves and deletes them; `look/` finds them among the input
 * files.
 *
 * @module
 */

import type { FileObject } from "../../types/batch.ts";
import { millisecondsOf } from "./batch.ts";
import type { JobClock } from "./job_clock.ts";
import { withoutEnding } from "./tag.ts";

const MARK = /^([A-Za-z0-9_-]{1,64})\.v1\.(cancelled|deadline|claim)$/;

/** Why a job was ended for good. */
export type Stop = "cancelled" | "deadline";

/** What a mark says: the job was ended, or a step comes back for it. */
export type MarkKind = Stop | "claim";

/** @returns The mark, to be uploaded. */
export function markFile(job: string, kind: MarkKind): File {
  // OpenAI looks at the first line of an upload: it must be an object.
  return new File(['{"custom_id":"marker"}\n'], `${job}.v1.${kind}.jsonl`);
}

/** @returns Which job a file marks, and as what; undefined if it isn't a mark. */
export function parseMark(
  { filename }: { filename: unknown },
): { job: string; kind: MarkKind } | undefined {
  const match = MARK.exec(withoutEnding(filename));
  if (!match) return undefined;
  const [, job = "", kind] = match;
  return { job, kind: kind as MarkKind };
}

/** The marks of one job, as far as they were seen. */
export class Marks {
  /** Why nothing may be created any more; a cancel outweighs a deadline. */
  stopped: Stop | undefined;
  /**
   * How long after a mark was left everything shows that others sent before
   * they saw it, ms: the mark takes its time to be listed, and so does what was
   * sent. The API's dates are whole seconds.
   */
  readonly delay: number;
  readonly #job: string;
  readonly #clock: JobClock;
  readonly #files = new Map<string, FileObject>();
  /** Those that steps come back for, and their dates, ms. */
  readonly #claims = new Map<string, number>();
  /** The date of the first one that ends the job, ms. */
  #stopDate = Infinity;

  /** @param settleTime How long lists may lag behind, ms. */
  constructor(job: string, clock: JobClock, settleTime: number) {
    this.#job = job;
    this.#clock = clock;
    this.delay = 2 * settleTime + 1_000;
  }

  /** Takes note of a file, if it is one. */
  note(file: FileObject): void {
    const mark = parseMark(file);
    if (mark?.job !== this.#job) return;
    this.#files.set(file.id, file);
    const date = millisecondsOf(file.created_at) ?? 0;
    if (mark.kind === "claim") return void this.#claims.set(file.id, date);
    if (this.stopped !== "cancelled") this.stopped = mark.kind;
    this.#stopDate = Math.min(this.#stopDate, date);
  }

  /** One was deleted. */
  forget(id: string): void {
    this.#files.delete(id);
    this.#claims.delete(id);
  }

  /** All that are there. */
  get files(): FileObject[] {
    return [...this.#files.values()];
  }

  /** The ids of those that steps come back for. */
  get claims(): string[] {
    return [...this.#claims.keys()];
  }

  /** When the oldest of those may be deleted, for the right to create, ms; Infinity if there is none. */
  get claimableAt(): number {
    const date = Math.min(...this.#claims.values());
    return this.#clock.timeOf(date) + this.delay;
  }

  /** When all shows that was sent before the job was ended, ms. */
  get quietAt(): number {
    return this.#clock.timeOf(this.#stopDate) + this.delay;
  }
}
