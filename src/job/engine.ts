/**
 * The engine: one idempotent step, which looks at what exists of a job, does
 * what is due, and never sleeps. Everything else loops over it.
 *
 * @module
 */

import { APIError } from "../errors.ts";
import type { JobStatus, WaitingFor } from "../progress/status.ts";
import type { Files } from "../rest/files.ts";
import { isOutOfCredit } from "../retry_rule.ts";
import type { MaybePromise } from "../types/platform.ts";
import { Deliveries } from "./deliveries.ts";
import { FollowUps } from "./follow_ups.ts";
import { Lookout } from "./lookout.ts";
import type { JobSettings } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { keyOf } from "./part_results.ts";
import type { PartState } from "./part_state.ts";
import { Parts } from "./parts.ts";
import { Patience } from "./patience.ts";
import { retryAt, waitForRefused } from "./queue.ts";
import { Reader } from "./reader.ts";
import { Standstill } from "./standstill.ts";
import { Submission } from "./submission.ts";
import { Tally } from "./tally.ts";
import { isSpent, type Surroundings } from "./surroundings.ts";
import { type Stop, stopMarker } from "./tag.ts";
import { uploadMarker } from "./upload.ts";
import { foremost, toWaitingFor, type Wait } from "./waits.ts";

/** What bounds a step. */
export interface StepLimits {
  /** HTTP calls that it may make. */
  maxCalls?: number | undefined;
  /** Ends it between two calls. */
  signal?: AbortSignal | undefined;
}

/** One job in one process. */
export class JobEngine {
  /** The job's options. */
  readonly settings: JobSettings;
  /** What is known of its parts. */
  readonly parts: Parts;
  /** What was seen of it. */
  readonly lookout: Lookout;
  /** Its numbers. */
  readonly tally: Tally;
  /** What holds it up. */
  readonly standstill: Standstill;
  /** Reads its answers. */
  readonly reader: Reader;
  /** Hands out its results. */
  readonly deliveries: Deliveries;

  readonly #around: Surroundings;
  readonly #outbox: Outbox | undefined;
  readonly #followUps: FollowUps;
  readonly #submission: Submission;
  /** What the loop over the steps waits for. */
  trouble: Wait | undefined;
  #lastStep: Promise<unknown> = Promise.resolve();

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
    this.#outbox = requests === undefined ? undefined : new Outbox(
      around,
      requests,
      settings,
      () => this.tally.reportPreparing(),
    );
    this.tally = new Tally(parts, this.#outbox);
    const followUps = new FollowUps(around, settings, parts, requests);
    this.#followUps = followUps;
    const hasInput = this.#outbox !== undefined;
    const standstill = this.standstill = new Standstill(
      { around, settings, parts, lookout, hasInput },
    );
    const submission = this.#submission = new Submission(
      { around, settings, parts, lookout, followUps },
      hasInput,
    );
    this.reader = new Reader(
      { around, settings, parts, lookout, followUps, standstill, submission },
    );
    this.deliveries = new Deliveries(
      parts,
      this.reader,
      standstill,
      this.#outbox,
    );
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
    if (this.standstill.holds) return true;
    return this.#inputEnded && !this.#submission.isUncertain;
  }

  /**
   * Waits while calls fail in passing; the status says so meanwhile.
   *
   * @param signal Ends the waiting.
   * @param onWait Called before each pause.
   * @returns What waits.
   */
  patience(
    signal: AbortSignal | undefined,
    onWait: () => void = () => {},
  ): Patience {
    const { clock, contact } = this.#around;
    return new Patience({
      clock,
      contact,
      signal,
      onWait: (wait) => {
        this.trouble = wait;
        onWait();
      },
    });
  }

  /** This process stays, and waits between steps. */
  startLoop(): void {
    this.#submission.loops = true;
    this.#followUps.stays = true;
  }

  /**
   * Does what is due: find what exists, stop what is to be stopped, upload one
   * more part, look at the batches, file follow-up rounds, create batches. One
   * step at a time, whoever asks: two at once would create a batch twice.
   *
   * @param limits What bounds it.
   * @throws {APIError} If a call is refused, or would have to wait longer than a second.
   * @throws {ConnectionError} If a call gets no answer.
   * @throws {BudgetError} If the input may cost more than the budget: nothing was done.
   * @throws {JobConflictError} If the job's name stands for other input.
   * @throws {TypeError} If a request breaks a rule.
   * @throws {JobExpiredError} If a result file is gone; the other parts went on.
   */
  step(limits: StepLimits = {}): Promise<void> {
    const step = this.#lastStep.then(() => this.#limitedStep(limits));
    this.#lastStep = step.catch(() => {});
    return step;
  }

  async #limitedStep({ maxCalls, signal }: StepLimits): Promise<void> {
    signal?.throwIfAborted();
    this.trouble = undefined;
    this.reader.wait = undefined;
    const { calls } = this.#around;
    // Who reads results meanwhile makes calls too.
    if (!this.deliveries.isOpen) calls.limit(maxCalls, signal);
    try {
      await this.#step();
    } finally {
      calls.limit(undefined, undefined);
    }
    const { gone } = this.parts;
    if (gone && !this.deliveries.isOpen) throw gone;
  }

  async #step(): Promise<void> {
    this.#submission.begin();
    await this.#outbox?.checkBudget();
    try {
      await this.#find();
      if (this.standstill.isPastDeadline) await this.stop("deadline");
      await this.#sendNext();
      // Whatever is due with what was seen before must not wait for the rest.
      const isSeen = await this.#around.calls.half(() => this.#look());
      if (this.standstill.stopped) await this.#submission.awaitStragglers();
      await this.lookout.cancelUnwanted(!!this.standstill.stopped);
      for (const part of this.parts.all) await this.#advance(part);
      this.tally.report();
      if (!isSeen) await this.#look();
    } catch (error) {
      if (!(error instanceof APIError) || !isOutOfCredit(error)) throw error;
      const { message } = error;
      this.standstill.quota = { code: "insufficient_quota", message };
    }
  }

  /**
   * Finds a job that has no input here. With few calls it is not found at
   * once: its steps go on with that, also from its record.
   *
   * @param insist Rides out outages.
   * @param limits What bounds it.
   * @throws {JobNotFoundError} If there is nothing of it.
   * @throws {JobExpiredError} If there are batches of it, but no files any more.
   */
  async findJob(
    insist: (work: () => Promise<void>) => Promise<void>,
    limits: StepLimits,
  ): Promise<void> {
    const { calls } = this.#around;
    calls.limit(limits.maxCalls, limits.signal);
    try {
      await insist(() => this.lookout.findJob());
    } catch (error) {
      if (!isSpent(error)) throw error;
    } finally {
      calls.limit(undefined, undefined);
    }
  }

  async #find(): Promise<void> {
    const isSought = !this.#outbox && !this.lookout.isFound;
    if (isSought) await this.lookout.findJob();
    else await this.lookout.find();
  }

  async #look(): Promise<void> {
    if (await this.lookout.look()) this.tally.reportProcessing();
  }

  /**
   * Finds out which parts are through, for a look that changes nothing. A mark
   * says that the job is over: only whoever reads its results waits until
   * nothing of it can show any more.
   */
  async settle(): Promise<void> {
    const isStopped = this.standstill.stopped !== undefined;
    for (const part of this.parts.asked) part.isQuiet ||= isStopped;
    for (const part of this.parts.asked) await this.#settle(part);
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
   * Ends the job for good: says so at OpenAI first, so that every other
   * process sees it before it creates a batch.
   *
   * @param why Why. @default "cancelled"
   */
  async stop(why: Stop = "cancelled"): Promise<void> {
    const { stopped } = this.lookout;
    if (stopped === "cancelled" || stopped === why) return;
    const name = stopMarker(this.settings.id, why);
    const marker = await uploadMarker(this.#around.files, name);
    this.lookout.takeNote(marker);
  }

  /** Cancels the job without waiting for what comes of it. */
  async abandon(): Promise<void> {
    await this.stop();
    await this.lookout.cancelUnwanted(!!this.standstill.stopped);
  }

  /** Lets go of the input. What was sent goes on. */
  async close(): Promise<void> {
    await this.#outbox?.close();
  }

  /** Where the job stands. */
  get status(): JobStatus {
    const parts = this.tally.parts;
    const isWhole = this.#outbox?.ended ??
      (this.parts.hasEnd || this.standstill.stopped !== undefined);
    const done = isWhole && parts.done === parts.total;
    const isFeeding = this.#isFeeding && !this.#submission.isUncertain;
    return {
      id: this.settings.id,
      phase: done ? "Done" : this.#phase,
      done,
      stopped: this.standstill.reason,
      waitingFor: done ? undefined : this.#waitingFor(isFeeding),
      requests: this.tally.requests,
      parts,
      activeBatches: this.parts.asked.flatMap(({ active }) => active).length,
      createdAt: new Date(this.parts.createdAt ?? this.standstill.startedAt),
      wait: done || isFeeding ? 0 : this.#wait,
      cleaned: false,
    };
  }

  get #phase(): "Preparing" | "Sending" | "Processing" {
    if (this.isSent) return "Processing";
    return this.parts.all.length > 0 ? "Sending" : "Preparing";
  }

  #waitingFor(isFeeding: boolean): WaitingFor | undefined {
    const wait = isFeeding ? this.trouble : foremost(
      this.trouble,
      this.standstill.wait,
      this.#submission.waits.foremost ?? this.#refusedWait,
      this.reader.wait,
      this.#batchesWait,
    );
    return wait && toWaitingFor(wait);
  }

  /** For a look without a step: what was refused tells what the next step waits for. */
  get #refusedWait(): Wait | undefined {
    const { serverClock } = this.#around;
    const waits = this.parts.asked.filter(({ isOpen }) => isOpen)
      .flatMap(({ rounds, nextRound }) => rounds[nextRound] ?? [])
      .filter(({ batches, voids }) => batches.length === 0 && voids.length > 0)
      .map((round) => ({
        round,
        until: serverClock.toLocal(retryAt(round, 0)),
      }))
      .filter(({ until }) => until > this.#now)
      .map(({ round, until }) => waitForRefused(round, until));
    return waits.reduce<Wait | undefined>((a, b) => foremost(a, b), undefined);
  }

  get #batchesWait(): Wait | undefined {
    const isWatching = this.parts.asked.some(({ active }) => active.length > 0);
    if (!isWatching) return undefined;
    const { nextLook } = this.lookout;
    const until = nextLook > this.#now ? nextLook : Infinity;
    return { reason: "batches", until };
  }

  get #wait(): number {
    const { loops, waits, createdAt } = this.#submission;
    const wakeAt = waits.soonest;
    const isWatching = this.parts.asked.some((part) => part.watched.length > 0);
    const isPutOff = !isWatching && wakeAt < Infinity;
    const next = isPutOff ? wakeAt : Math.min(this.lookout.nextLook, wakeAt);
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
    const { quota, stopped } = this.standstill;
    return !quota || stopped !== undefined ||
      this.parts.asked.some(({ tag, ids }) => tag && !ids);
  }

  /** One part as far as it gets before the next one: a step of few calls gets on with some, not with none. */
  async #advance(part: PartState): Promise<void> {
    if (!this.deliveries.isOpen) await this.#settle(part);
    this.standstill.noteRefusedBatch(part, this.#submission.loops);
    if (this.standstill.holds) return;
    if (this.#followUps.isDue(part)) await this.lookout.findSince();
    await this.#followUps.file(part);
    await this.#submission.create(part);
    if (!this.deliveries.isOpen && part.given) await this.#settle(part);
  }

  async #settle(part: PartState): Promise<void> {
    // Whose ids are not known yet may be of other input.
    if (!this.#outbox || part.ids) await this.reader.settle(part);
  }

  async #sendNext(): Promise<void> {
    if (!this.#outbox || !this.#isFeeding) return;
    // What an earlier process has sent must have had its time to show.
    if (!await this.#submission.isCertain()) return;
    const { holds, isDirect } = this.standstill;
    // What is to be asked directly is read back from its file.
    await this.#outbox.sendNext(this.parts, holds && !isDirect);
  }
}
