/**
 * Looks at what exists of a job at OpenAI: its truth is there and nowhere
 * else.
 *
 * @module
 */

import {
  ConnectionError,
  JobExpiredError,
  JobNotFoundError,
} from "../../errors.ts";
import type { Batch, FileObject } from "../../types/batch.ts";
import { millisecondsOf } from "../state/batch.ts";
import { isGone } from "../../rest/retry.ts";
import { Changes } from "./changes.ts";
import {
  listBatchesSince,
  type Listed,
  listInputFiles,
  type Progress,
} from "./lists.ts";
import type { JobContext } from "../context.ts";
import type { JobSettings } from "../options.ts";
import type { Known, Parts } from "../state/parts.ts";
import { LEAST_GAP, pollIntervalAfter } from "./poll_interval.ts";
import { refresh } from "./refresh.ts";
import { isSpent, type Services } from "../services.ts";
import type { JobClock } from "../state/job_clock.ts";
import { Marks } from "../state/marks.ts";
import { parseTag } from "../state/tag.ts";

/** If the last listing is older than this, everything is listed again before something is created, ms. */
const LONG_AGO = 0;

/** What a step of few calls has left to the next one, in this process or another. */
export interface Unfinished {
  /** How far the files were listed. */
  files?: Progress | undefined;
  /** How far the batches were listed. */
  batches?: Progress | undefined;
  /** The batches that are still to be looked at. */
  unseen?: Set<string> | undefined;
}

/** What a record tells of what was seen. */
export interface Recorded {
  /** Input files and marks. */
  files: FileObject[];
  /** Batches, the longest unseen first. */
  batches: Batch[];
  /** The date when marks of a stop were last looked for, ms. */
  soughtDate: number;
  /** See {@linkcode RemoteView.hints}. */
  areFar: boolean;
  /** What is to be done before anything else. */
  unfinished: Unfinished;
}

/** What one process has seen of a job, and when. */
export class RemoteView {
  /** Its marks. */
  readonly marks: Marks;
  /** When the files were listed, ms. */
  filesListedAt: number;
  /** When the batches were listed, ms. */
  batchesListedAt: number;
  /** When the active batches are to be looked at again, ms. */
  nextLook = 0;
  /** The date when marks of a stop were last looked for, as a record tells, ms. */
  #soughtDate = -Infinity;
  /** Whether the newest batches of the account are others than the job's; undefined if unknown. */
  readonly hints: { areFar: boolean | undefined } = { areFar: false };
  /** Whether it is known that the job exists. */
  isFound = false;
  /** Whether a record tells what there is of it. */
  isRestored = false;
  /** What a step of few calls has left to the next one. */
  readonly unfinished: Unfinished = {};
  #lastLook = -Infinity;
  readonly #changes = new Changes();
  /** A list of batches that broke off, and how far back it was to go: what it has shown must not make the next one shorter. */
  #cutList: { since: number | undefined } | undefined;
  /** Batches of which the next look must not believe the list. */
  #doubted = new Set<string>();
  readonly #services: Services;
  readonly #clock: JobClock;
  readonly #settings: JobSettings;
  readonly #parts: Parts;

  /** @param context Its parts are kept up to date. */
  constructor({ services, settings, parts }: JobContext) {
    this.#services = services;
    this.#clock = services.clock;
    this.#settings = settings;
    this.#parts = parts;
    this.marks = new Marks(settings.id, services.clock, services.settleTime);
    const emptyAt = settings.fresh ? services.clock.now() : -Infinity;
    this.filesListedAt = emptyAt;
    this.batchesListedAt = emptyAt;
  }

  /**
   * Finds what exists, unless the job was made up just now. Files go first:
   * some servers drop metadata, and then only its file tells what a batch is.
   *
   * @param since What was listed since then is not listed again, ms.
   */
  async find(since: number = 0): Promise<void> {
    // What was left unfinished may have been begun before.
    while (this.filesListedAt < since) await this.listFiles();
    while (this.batchesListedAt < since) await this.listBatches();
  }

  /** When both lists were read last, ms; -Infinity where only a record tells. */
  get listedAt(): number {
    const listedAt = Math.min(this.filesListedAt, this.batchesListedAt);
    return listedAt > LONG_AGO ? listedAt : -Infinity;
  }

  /**
   * The same before something is made: others may have done so since a record
   * was written.
   *
   * @param since What was listed since then is not listed again, ms.
   */
  async findAll(since: number): Promise<void> {
    await this.find(Math.max(since, LONG_AGO + 1));
  }

  /** Lists files and batches, from their beginning. */
  async list(): Promise<void> {
    this.unfinished.files = this.unfinished.batches = undefined;
    await this.listFiles();
    await this.listBatches();
  }

  /** Lists the input files, and the marks of cancelled jobs among them. */
  async listFiles(): Promise<void> {
    const { signal } = this.#settings;
    const progress = this.unfinished.files ??= {
      at: this.#clock.now(),
      pages: 0,
    };
    const list = listInputFiles(this.#services.files, signal, progress);
    try {
      for await (const file of list) this.#takeNote(file);
    } catch (error) {
      if (!isSpent(error)) this.unfinished.files = undefined;
      throw error;
    }
    this.unfinished.files = undefined;
    this.filesListedAt = progress.at;
  }

  /** Takes over what another caller has listed. */
  adopt({ files, batches, at }: Listed): void {
    this.isFound = true;
    for (const file of files) this.#takeNote(file);
    for (const batch of batches) this.#parts.see(batch, true);
    this.filesListedAt = at;
    this.batchesListedAt = at;
  }

  /**
   * Takes over what a record tells: the job is there, and nothing is listed
   * until something is to be created.
   */
  restore({ files, batches, soughtDate, areFar, unfinished }: Recorded): void {
    this.adopt({ files, batches, at: LONG_AGO });
    this.#soughtDate = soughtDate;
    this.isRestored = true;
    this.isFound = !unfinished.files && !unfinished.batches;
    this.hints.areFar = areFar || undefined;
    this.unfinished.unseen = unfinished.unseen;
    if (unfinished.files) this.filesListedAt = -Infinity;
    if (unfinished.batches) this.batchesListedAt = -Infinity;
    Object.assign(this.unfinished, unfinished);
  }

  /** What a record is to tell of it. */
  get recorded(): Recorded {
    const known = [...this.#parts.batches.values()];
    const { files, batches, unseen } = this.unfinished;
    const begun = { at: LONG_AGO, pages: 0 };
    return {
      files: [...this.#parts.files.values(), ...this.marks.files],
      batches: this.#inOrder(known.map(({ batch }) => batch)),
      soughtDate: Math.max(this.#stopSoughtDate, LONG_AGO),
      areFar: this.hints.areFar === true,
      unfinished: {
        files: this.filesListedAt === -Infinity ? files ?? begun : undefined,
        batches: this.batchesListedAt === -Infinity
          ? batches ?? begun
          : undefined,
        unseen,
      },
    };
  }

  /** Takes note of what a file's name says of the job. */
  #takeNote(file: FileObject): void {
    const tag = parseTag(file.filename);
    if (tag?.job === this.#settings.id) this.#parts.addFile(file, tag, false);
    else this.marks.note(file);
  }

  /** Lists batches as far back as one may be that was not seen yet. */
  async listBatches(): Promise<void> {
    const progress = this.unfinished.batches ??= {
      at: this.#clock.now(),
      pages: 0,
    };
    const files = this.#parts.all.flatMap(({ rounds }) => rounds)
      .filter(({ batches }) => batches.length === 0)
      .flatMap(({ files }) => files);
    const isFirst = this.batchesListedAt === -Infinity;
    const mayHaveExpired = isFirst && this.#parts.all.length === 0;
    const isCut = this.#cutList !== undefined;
    if (files.length > 0 || mayHaveExpired || isCut) {
      const { signal } = this.#settings;
      const { settleTime } = this.#services;
      // What is older than the last list was on it, if it had its time to show.
      const unseen = this.#clock.dateOf(this.batchesListedAt) - 2 * settleTime;
      const oldest = files.length > 0
        ? Math.max(oldestOf(files), unseen)
        : Infinity;
      const earliest = Math.min(oldest, this.#cutList?.since ?? Infinity);
      const since = earliest < Infinity ? earliest : undefined;
      const { batches } = this.#services;
      const list = listBatchesSince(batches, since, signal, progress);
      try {
        for await (const one of list) this.#parts.see(one, true);
      } catch (error) {
        this.#cutList = { since };
        if (!isSpent(error)) this.unfinished.batches = undefined;
        throw error;
      }
    }
    this.#cutList = undefined;
    this.unfinished.batches = undefined;
    this.batchesListedAt = progress.at;
  }

  /** Looks at the batches that may change yet, if it is time. */
  async look(): Promise<boolean> {
    if (this.#clock.now() < this.nextLook) return false;
    this.#lastLook = this.#clock.now();
    const { batches } = this.#services;
    const { pollInterval, signal, fresh } = this.#settings;
    const watched = this.#watched;
    const unseen = this.unfinished.unseen ??= new Set(
      watched.map(({ id }) => id),
    );
    // One process creates them in the order of their parts.
    const ranks = new Map(watched.map(({ id }, rank) => [id, rank]));
    const left = this.#inOrder(watched)
      .filter(({ id }) => unseen.has(id))
      .map(({ id, created_at }) => ({
        id,
        created_at,
        rank: ranks.get(id) ?? 0,
      }));
    try {
      await refresh(batches, left, {
        signal,
        list: !fresh && !this.isRestored,
        hints: this.hints,
        byId: this.#doubted,
        changes: this.#changes,
        see: (batch, isListed) => {
          if (!isListed) this.#doubted.delete(batch.id);
          unseen.delete(batch.id);
          this.#parts.see(batch, isListed);
        },
        lose: (id) => {
          unseen.delete(id);
          this.lose(watched.find((batch) => batch.id === id)!);
        },
      });
    } catch (error) {
      // What a list says of a batch may have to be held against the batch itself.
      if (!isSpent(error)) this.unfinished.unseen = undefined;
      throw error;
    }
    this.unfinished.unseen = undefined;
    await this.#lookForStop();
    // A process that was started just now looks no more often at an old batch.
    const waited = this.#clock.now() - this.#clock.timeOf(oldestOf(watched));
    this.nextLook = this.#clock.now() + pollIntervalAfter(waited, pollInterval);
    return true;
  }

  /** Batches that may change yet. */
  get #watched(): Batch[] {
    const watched = this.#parts.leaves.flatMap(({ watched }) => watched);
    return [...new Map(watched.map((batch) => [batch.id, batch])).values()];
  }

  /** As they were seen, the longest unseen first. */
  #inOrder(batches: Batch[]): Batch[] {
    const { seen } = this.#parts;
    const order = new Map([...seen].map((id, i) => [id, i]));
    const orderOf = ({ id }: Batch) => order.get(id) ?? order.size;
    return batches.toSorted((a, b) => orderOf(a) - orderOf(b));
  }

  /** A process that cancels a job leaves a mark, then cancels its batches. The API's dates are whole seconds. */
  async #lookForStop(): Promise<void> {
    const isNews = this.#parts.cancelDate + 1_000 > this.#stopSoughtDate;
    const isOpen = this.#parts.leaves.some(({ isOpen }) => isOpen);
    if (isNews && isOpen && !this.marks.stopped) await this.listFiles();
  }

  /**
   * Asks for a look that does not wait for the next one due.
   *
   * @param time When, ms; not right after the last one, whoever asks.
   * @param batches Those of which it is not to believe the list.
   */
  lookAt(time: number, batches: readonly Batch[] = []): void {
    for (const { id } of batches) this.#doubted.add(id);
    const soonest = this.#lastLook + LEAST_GAP;
    this.nextLook = Math.min(this.nextLook, Math.max(time, soonest));
  }

  /** Retrieves batches of which only a list has told. */
  async confirm(listed: readonly Batch[]): Promise<void> {
    const { batches } = this.#services;
    const { signal } = this.#settings;
    for (const batch of listed) {
      const seen = await batches.retrieve(batch.id, { signal }).catch(
        (error) => {
          if (isGone(error)) return batch; // what is listed exists
          throw error;
        },
      );
      this.#parts.see(seen, false);
    }
  }

  /** Lists everything and looks at every batch, due or not. */
  async lookNow(): Promise<void> {
    await this.list();
    this.nextLook = 0;
    this.unfinished.unseen = undefined;
    await this.look();
  }

  /**
   * Finds the job.
   *
   * @throws {JobNotFoundError} If OpenAI has nothing of it.
   * @throws {JobExpiredError} If its batches are still there, but not its files.
   * @throws {ConnectionError} If its batches are listed already, and its files are not.
   */
  async findJob(): Promise<void> {
    await this.find();
    const jobId = this.#settings.id;
    // The list of batches may have come much later than that of the files.
    if (!this.#hasFiles) await this.listFiles();
    this.isFound = this.#hasFiles;
    if (this.isFound) return;
    const batches = [...this.#parts.batches.values()];
    const { settleTime } = this.#services;
    const isYoung = ({ batch }: Known) =>
      (this.#clock.ageOf(batch) ?? Infinity) < settleTime;
    if (batches.some(isYoung)) {
      throw new ConnectionError(`The files of ${jobId} are not listed yet`, {
        code: "lists",
      });
    }
    if (batches.length > 0) {
      throw new JobExpiredError(`The files of the job ${jobId} are gone`, {
        jobId,
      });
    }
    throw new JobNotFoundError(`There is no job ${jobId}`, {
      code: "job_not_found",
      jobId,
    });
  }

  get #hasFiles(): boolean {
    return this.#parts.files.size > 0;
  }

  /** What was created a moment ago is not known everywhere yet: it is looked for again. */
  lose(batch: Batch): void {
    const age = this.#clock.ageOf(batch) ?? Infinity;
    const isYoung = age < this.marks.delay;
    if (!isYoung) this.#parts.lose(batch);
  }

  /** The date when marks of a stop were last looked for, ms. */
  get #stopSoughtDate(): number {
    const date = this.#clock.dateOf(this.filesListedAt);
    return Math.max(date, this.#soughtDate);
  }
}

/** The date of the oldest, ms; Infinity if there is none. */
function oldestOf(items: readonly { created_at: number }[]): number {
  const times = items.map(({ created_at }) => millisecondsOf(created_at) ?? 0);
  return Math.min(...times);
}
