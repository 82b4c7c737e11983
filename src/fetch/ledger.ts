/**
 * The ledger: which request was sent in which job, read from the input files under
 * the job's name. A request it knows is not sent again.
 *
 * @module
 */

import type { OpenAIBatch } from "../client.ts";
import { OpenAIBatchError } from "../errors.ts";
import type { JobInput } from "../job/inputs.ts";
import type { BatchFetchStats } from "./stats.ts";

/** Files downloaded at the same time. */
const CONCURRENCY = 8;

/** What follows the name in a job's id. */
const JOB = /^-[0-9a-f]{16}$/;

/** Which job each request was sent in. */
export class Ledger {
  readonly #client: OpenAIBatch;
  readonly #name: string;
  readonly #stats: BatchFetchStats;
  readonly #signal: AbortSignal;
  /** Jobs by the ids of their requests. */
  readonly #homes = new Map<string, string>();
  /** Files that needn't be read again, and their jobs. */
  readonly #read = new Map<string, string>();
  /** Jobs that this process sends. */
  readonly #own = new Set<string>();
  #firstLook: Promise<void> | undefined;
  #lastLook: Promise<unknown> = Promise.resolve();

  /** @param stats Counts what stands in more than one file: two processes sent it. */
  constructor(
    client: OpenAIBatch,
    name: string,
    stats: BatchFetchStats,
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#name = name;
    this.#stats = stats;
    this.#signal = signal;
  }

  /** @returns The job that it was sent in; undefined if it was not sent. */
  homeOf(id: string): string | undefined {
    return this.#homes.get(id);
  }

  /** Enters what this process is about to send. */
  enter(job: string, ids: readonly string[]): void {
    this.#own.add(job);
    for (const id of ids) this.#homes.set(id, job);
  }

  /**
   * Takes a record back: the next look will find out whether the job was sent.
   */
  strike(job: string, ids: readonly string[]): void {
    this.#own.delete(job);
    for (const id of ids) this.#homes.delete(id);
    for (const [file, of] of this.#read) {
      if (of === job) this.#read.delete(file);
    }
  }

  /**
   * Learns what earlier processes have sent. If the first look fails, later calls
   * repeat it, not those that waited for it.
   */
  known(): Promise<void> {
    return this.#firstLook ??= this.look().catch((error) => {
      this.#firstLook = undefined;
      throw error;
    });
  }

  /**
   * Looks at what there is: one list, and a download of each new file that isn't
   * this process's own.
   *
   * @throws {OpenAIBatchError} If `run` has already sent a job under this name: `code` is "job_conflict".
   */
  look(): Promise<void> {
    const look = this.#lastLook.then(() => this.#look());
    this.#lastLook = look.catch(() => {});
    return look;
  }

  async #look(): Promise<void> {
    const signal = this.#signal;
    const prefix = this.#name;
    const inputs = await this.#client.inputs({ prefix, signal });
    const fresh = inputs.filter((input) => this.#isNews(input));
    for (let i = 0; i < fresh.length; i += CONCURRENCY) {
      const some = fresh.slice(i, i + CONCURRENCY);
      const ids = await Promise.all(some.map((input) => input.ids()));
      for (const [j, { job, file }] of some.entries()) {
        this.#note(job, ids[j] ?? []);
        this.#read.set(file.id, job);
      }
    }
  }

  #isNews({ job, part, file }: JobInput): boolean {
    if (job === this.#name) {
      throw new OpenAIBatchError(
        `The job ${job} was sent by run or submit: choose another name`,
        { code: "job_conflict", jobId: job },
      );
    }
    // A longer name may begin with ours.
    const isOurs = JOB.test(job.slice(this.#name.length));
    if (!isOurs || this.#read.has(file.id)) return false;
    const first = `${job}/${part}`;
    if (!this.#own.has(job) || this.#read.has(first)) return true;
    this.#read.set(first, job).set(file.id, job);
    return false;
  }

  /** For every process, the first job a request was sent in counts. */
  #note(job: string, ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#homes.has(id)) this.#stats.duplicates++;
      else this.#homes.set(id, job);
    }
  }
}
