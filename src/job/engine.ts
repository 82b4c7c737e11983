/**
 * The engine: one idempotent step, which looks at what exists of a job, does
 * what is due, and never sleeps. Everything else loops over it.
 *
 * @module
 */

import { APIError, JobIncompleteError, QuotaError } from "../errors.ts";
import { UsageCounter } from "../pricing/mod.ts";
import type { Files } from "../rest/files.ts";
import { isQuotaCode } from "../rest/retry.ts";
import type { ResultError } from "../results/result.ts";
import type { Batch } from "../types/batch.ts";
import type { MaybePromise } from "../types/platform.ts";
import { endOf } from "./_batch_state.ts";
import { FollowUps } from "./follow_ups.ts";
import { Lookout } from "./lookout.ts";
import type { JobSettings } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { PartReading, type ReadContext } from "./part_reading.ts";
import { keyOf } from "./part_results.ts";
import type { PartState } from "./part_state.ts";
import { Parts } from "./parts.ts";
import type { JobStatus } from "./status.ts";
import { Submission } from "./submission.ts";
import { Tally } from "./tally.ts";
import type { AnyResult } from "../results/result.ts";
import type { Surroundings } from "./surroundings.ts";
import { cancelMarker } from "./tag.ts";
import { uploadMarker } from "./upload.ts";

/** After a batch without credit, a job that is only stepped tries again this much later, ms. */
const QUOTA_PAUSE = 3_600_000;

/** One job in one process. */
export class JobEngine {
  /** The job's options. */
  readonly settings: JobSettings;
  /** What is known of its parts. */
  readonly parts: Parts;
  /** What was seen of it. */
  readonly lookout: Lookout;
  /** What the answers used and cost that were read since the last start of a delivery. */
  usage: UsageCounter;
  /** Its numbers. */
  readonly tally: Tally;
  /** Whether results are handed out as they are read, or only looked at. */
  delivers = false;

  readonly #around: Surroundings;
  readonly #outbox: Outbox | undefined;
  readonly #followUps: FollowUps;
  readonly #submission: Submission;
  readonly #startedAt: number;
  #quota: ResultError | undefined;

  /**
   * @param around The client's.
   * @param settings The job's options.
   * @param requests What the caller passed; undefined where the input is not here.
   */
  constructor(around: Surroundings, settings: JobSettings, requests?: unknown) {
    this.#around = around;
    this.settings = settings;
    const parts = this.parts = new Parts(settings.id);
    const lookout = this.lookout = new Lookout(around, settings, parts);
    this.usage = new UsageCounter(around.prices);
    this.#outbox = requests === undefined ? undefined : new Outbox(
      around,
      requests,
      settings,
      () => this.tally.reportPreparing(),
    );
    this.tally = new Tally(parts, this.#outbox);
    const followUps = new FollowUps(around, settings, parts, requests);
    this.#followUps = followUps;
    this.#submission = new Submission(
      { around, settings, parts, lookout, followUps },
      this.#outbox !== undefined,
    );
    this.#startedAt = this.#now;
  }

  /** How long lists may lag behind, ms. */
  get settleTime(): number {
    return this.#around.settleTime;
  }

  /** The files endpoint. */
  get files(): Files {
    return this.#around.files;
  }

  /** Whether the whole input is at OpenAI, and what fits is in the queue. */
  get isSent(): boolean {
    if (this.#stopped || this.#quota) return true;
    return this.#inputEnded && !this.#submission.isUncertain;
  }

  /** Whether every result was handed out. */
  get isDelivered(): boolean {
    return this.#inputEnded && !this.#outbox?.refused.length &&
      this.parts.asked.every(({ reading }) => reading.done);
  }

  /** This process stays, and waits between steps. */
  startLoop(): void {
    this.#submission.loops = true;
  }

  /** Begins to hand out results, from the first one on. */
  startDelivery(): void {
    for (const part of this.parts.all) {
      part.reading = new PartReading();
      part.settled = undefined; // the counts may promise what no file has
    }
    this.usage = new UsageCounter(this.#around.prices);
    this.delivers = true;
    this.startLoop();
  }

  /**
   * Does what is due: find what exists, stop what is to be stopped, upload one
   * more part, look at the batches, file follow-up rounds, create batches.
   *
   * @throws {APIError} If a call is refused, or would have to wait longer than a second.
   * @throws {ConnectionError} If a call gets no answer.
   * @throws {JobConflictError} If the job's name stands for other input.
   * @throws {TypeError} If a request breaks a rule.
   */
  async step(): Promise<void> {
    this.#submission.wakeAt = Infinity;
    this.#submission.isUncertain = false;
    try {
      await this.lookout.find();
      if (this.#isPastDeadline) await this.stop();
      await this.#sendNext();
      if (await this.lookout.look()) this.tally.reportProcessing();
      await this.lookout.cancelUnwanted(this.#stopped !== undefined);
      if (!this.delivers) await this.settle();
      if (this.#stopped || this.#quota) return;
      await this.#followUps.file();
      await this.#submission.createBatches();
      this.tally.reportSending();
      // A part may have been given up just now.
      if (!this.delivers) await this.settle();
    } catch (error) {
      if (!(error instanceof APIError) || !isQuotaCode(error.code)) throw error;
      this.#quota = { code: "insufficient_quota", message: error.message };
    }
  }

  /**
   * Reads what can be read now.
   *
   * @returns Results that were not handed out before.
   * @throws {ConnectionError} If a download broke off; it may be called again.
   * @throws {QuotaError} If the credit is used up and everything else was read.
   * @throws {JobIncompleteError} If the input never arrived whole and everything else was read.
   */
  async *results(): AsyncGenerator<AnyResult> {
    const refused = this.#outbox?.refused ?? [];
    for (let next = refused.shift(); next; next = refused.shift()) {
      yield next;
    }
    for (const part of this.parts.asked) {
      // Whose ids are not known yet may be of other input.
      if (part.reading.done || (this.#outbox && !part.ids)) continue;
      yield* part.reading.read(part, this.#reading(part));
    }
    this.tally.reportProcessing();
    this.checkStandstill();
  }

  /**
   * Reads a part that is through once more.
   *
   * @param part The part.
   * @returns Its results.
   */
  readAgain(part: PartState): AsyncGenerator<AnyResult> {
    return new PartReading().read(part, this.#reading(part));
  }

  /** Finds out which parts are through, without handing out their results. */
  async settle(): Promise<void> {
    for (const part of this.parts.asked) {
      if (part.settled || (this.#outbox && !part.ids)) continue;
      if (!this.settings.answers.retry && part.isAnswered) {
        part.settled = { succeeded: part.lines, failed: 0 };
        continue;
      }
      const read = part.reading.read(part, this.#reading(part));
      while (!(await read.next()).done);
      if (part.reading.done) part.settled = part.reading.counts;
    }
  }

  /**
   * Marks parts as through that the caller has already.
   *
   * @param skip Which parts.
   */
  async skipParts(
    skip: (part: { key: string; part: number }) => MaybePromise<boolean>,
  ): Promise<void> {
    await this.lookout.find();
    for (const state of this.parts.asked) {
      const key = keyOf(this.settings.id, state);
      const { part, lines } = state;
      if (state.settled || !state.tag || !await skip({ key, part })) continue;
      state.settled = { succeeded: lines, failed: 0 };
    }
  }

  /**
   * Cancels the job for good: says so at OpenAI first, so that every other
   * process sees it before it creates a batch.
   */
  async stop(): Promise<void> {
    if (this.lookout.isCancelled) return;
    const name = cancelMarker(this.settings.id);
    const marker = await uploadMarker(this.#around.files, name);
    this.lookout.takeNote(marker);
  }

  /** Cancels the job without waiting for what comes of it. */
  async abandon(): Promise<void> {
    await this.stop();
    await this.lookout.cancelUnwanted(this.#stopped !== undefined);
  }

  /** Lets go of the input. What was sent goes on. */
  async close(): Promise<void> {
    await this.#outbox?.close();
  }

  /**
   * Throws where everything was read and nothing will come by itself.
   *
   * @throws {QuotaError} If the credit is used up.
   * @throws {JobIncompleteError} If the input never arrived whole.
   */
  checkStandstill(): void {
    const { asked } = this.parts;
    const moves = asked.some((part) => part.active.length > 0 || part.isUnread);
    const why = this.#standstill;
    if (moves || !why || why.code === "cancelled") return;
    const details = { code: why.code, jobId: this.settings.id };
    if (why.code === "insufficient_quota") {
      throw new QuotaError(why.message, details);
    }
    const isRead = asked.every((part) => part.settled || part.reading.done);
    if (isRead) throw new JobIncompleteError(why.message, details);
  }

  /** Where the job stands. */
  get status(): JobStatus {
    const parts = this.tally.parts;
    const isWhole = this.#outbox?.ended ??
      (this.parts.hasEnd || this.#stopped !== undefined);
    const done = isWhole && parts.done === parts.total;
    const isFeeding = this.#isFeeding && !this.#submission.isUncertain;
    return {
      id: this.settings.id,
      phase: done ? "Done" : this.#phase,
      done,
      stopped: this.#standstill,
      requests: this.tally.requests,
      parts,
      activeBatches: this.parts.asked.flatMap(({ active }) => active).length,
      createdAt: new Date(this.parts.createdAt ?? this.#startedAt),
      wait: done || isFeeding ? 0 : this.#wait,
      cleaned: false,
    };
  }

  get #phase(): "Preparing" | "Sending" | "Processing" {
    if (this.isSent) return "Processing";
    return this.parts.all.length > 0 ? "Sending" : "Preparing";
  }

  get #wait(): number {
    const { loops, wakeAt, createdAt } = this.#submission;
    const next = Math.min(this.lookout.nextLook, wakeAt);
    // The next process has to see what this one created.
    const soonest = loops ? 0 : createdAt + this.settleTime;
    return Math.max(0, next - this.#now, soonest - this.#now);
  }

  get #now(): number {
    return this.#around.clock.now();
  }

  get #inputEnded(): boolean {
    return this.#outbox?.ended ?? true;
  }

  /** Whether the input is to be read on; without credit only as far as it was sent before. */
  get #isFeeding(): boolean {
    if (this.#inputEnded) return false;
    return !this.#quota || this.#stopped !== undefined ||
      this.parts.asked.some(({ tag, ids }) => tag && !ids);
  }

  get #stopped(): "cancelled" | "deadline" | undefined {
    if (!this.lookout.isCancelled) return undefined;
    return this.#isPastDeadline ? "deadline" : "cancelled";
  }

  get #isPastDeadline(): boolean {
    const { deadline } = this.settings;
    if (deadline === undefined) return false;
    const createdAt = this.parts.createdAt ?? this.#startedAt;
    return this.#now >=
      (typeof deadline === "number" ? createdAt + deadline : +deadline);
  }

  /** Why it stands still, once all that runs has been read. */
  get #standstill(): JobStatus["stopped"] {
    if (this.#stopped) {
      return { code: "cancelled", message: "The job was cancelled" };
    }
    if (this.#quota) {
      const { message } = this.#quota;
      return { code: "insufficient_quota", message };
    }
    if (this.#outbox || this.parts.hasEnd) return undefined;
    return {
      code: "input_incomplete",
      message: "The input never arrived whole: " +
        "run it again with the same job and input",
    };
  }

  async #sendNext(): Promise<void> {
    if (!this.#outbox || !this.#isFeeding) return;
    // What an earlier process has sent must have had its time to show.
    if (!await this.#submission.isCertain()) return;
    const isStopped = this.#stopped !== undefined || this.#quota !== undefined;
    await this.#outbox.sendNext(this.parts, isStopped);
  }

  #reading(part: PartState): ReadContext {
    const { answers, signal } = this.settings;
    return {
      files: this.#around.files,
      now: this.#now,
      signal,
      answers,
      stopped: part.given ?? stopError(this.#stopped),
      onAnswer: (result) => this.#count(part, result),
      onQuota: (error, batch) => this.#noteQuota(error, batch),
      lookAt: (time) => this.lookout.lookAt(time),
      loadIds: () => this.#followUps.idsOf(part),
    };
  }

  #count(part: PartState, result: AnyResult): void {
    const { usage, via } = result;
    if (!usage && !result.ok) return;
    const model = result.model ?? part.model ?? "unknown";
    this.usage.add({ model, via, usage });
  }

  /** What an earlier process met is no news to one that was started since. */
  #noteQuota(error: ResultError, batch: Batch): void {
    const pause = this.#submission.loops ? 0 : QUOTA_PAUSE;
    const isNews = (endOf(batch) ?? this.#now) + pause >= this.#startedAt;
    if (isNews) this.#quota = error;
  }
}

function stopError(
  stopped: "cancelled" | "deadline" | undefined,
): ResultError | undefined {
  if (!stopped) return undefined;
  const message = stopped === "cancelled"
    ? "The job was cancelled before there was an answer"
    : "The deadline passed before there was an answer";
  return { code: stopped, message };
}
