/**
 * The engine: one idempotent step, which looks at what exists of a job, does
 * what is due, and never sleeps. Everything else loops over it.
 *
 * @module
 */

import { APIError } from "../errors.ts";
import type { JobStatus, WaitingFor } from "../progress/job_status.ts";
import type { Files } from "../rest/files.ts";
import { isOutOfCredit } from "../retry_rule.ts";
import type { MaybePromise } from "../types/platform.ts";
import { Deliveries } from "./read/deliveries.ts";
import { LaterRounds } from "./send/later_rounds.ts";
import { RemoteView } from "./look/remote_view.ts";
import type { JobSettings } from "./options.ts";
import { InputUpload } from "./send/input_upload.ts";
import { keyOf, type Part } from "./state/part.ts";
import { OwnProcess } from "./state/own_process.ts";
import { Parts } from "./state/parts.ts";
import { RetryLoop } from "./retry_loop.ts";
import { InputLines } from "./read/input_lines.ts";
import { Reader } from "./read/reader.ts";
import { StopReason } from "./look/stop_reason.ts";
import type { JobContext } from "./context.ts";
import { cancelUnwanted } from "./send/cancel_batches.ts";
import { BatchCreator } from "./send/batch_creator.ts";
import { Totals } from "./totals.ts";
import { type Background, isSpent, type Services } from "./services.ts";
import type { Stop } from "./state/marks.ts";
import { leaveMark } from "./send/mark_files.ts";
import { foremost, toWaitingFor, type Wait } from "./state/waits.ts";

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
  readonly view: RemoteView;
  /** Its numbers. */
  readonly totals: Totals;
  /** What holds it up. */
  readonly stopReason: StopReason;
  /** Reads its answers. */
  readonly reader: Reader;
  /** Hands out its results. */
  readonly deliveries: Deliveries;

  readonly #services: Services;
  readonly #context: JobContext;
  readonly #input: InputUpload | undefined;
  readonly #own: OwnProcess;
  readonly #creator: BatchCreator;
  /** What the loop over the steps waits for. */
  trouble: Wait | undefined;
  #lastStep: Promise<unknown> = Promise.resolve();

  /** @param requests What the caller passed; undefined where the input is not here. */
  constructor(services: Services, settings: JobSettings, requests?: unknown) {
    this.#services = services;
    this.settings = settings;
    const parts = this.parts = new Parts(settings.id, services.clock);
    const hasInput = requests !== undefined;
    const own = this.#own = new OwnProcess(services.clock.now(), hasInput);
    const context = this.#context = { services, settings, parts, own };
    const view = this.view = new RemoteView(context);
    this.#input = !hasInput ? undefined : new InputUpload(
      services,
      requests,
      settings,
      () => this.totals.reportPreparing(),
    );
    this.totals = new Totals(parts, this.#input);
    const lines = new InputLines(context, requests);
    const rounds = new LaterRounds(context, lines);
    const stopReason = this.stopReason = new StopReason(
      context,
      view.marks,
      hasInput,
    );
    this.#creator = new BatchCreator(context, view, lines, rounds);
    this.reader = new Reader(context, view, lines, stopReason);
    this.deliveries = new Deliveries(
      parts,
      this.reader,
      stopReason,
      this.#input,
    );
  }

  /** How long lists may lag behind, ms. */
  get settleTime(): number {
    return this.#services.settleTime;
  }

  /** The files endpoint. */
  get files(): Files {
    return this.#services.files;
  }

  /** Whether the whole input is at OpenAI, and what fits is in the queue. */
  get isSent(): boolean {
    if (this.stopReason.holds) return true;
    return this.#inputEnded && !this.#creator.isUncertain;
  }

  /** Waits while calls fail for now; the status says so meanwhile. */
  retryLoop(
    signal: AbortSignal | undefined,
    onWait: () => void = () => {},
  ): RetryLoop {
    const { clock, contact } = this.#services;
    return new RetryLoop({
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
    this.#own.stays = true;
  }

  /**
   * Does what is due: find what exists, stop what has to stop, upload one more part,
   * look at the batches, send later rounds, create batches. One step at a time: two
   * at once would create a batch twice.
   *
   * @throws {APIError} If a call is refused, or would have to wait longer than a second.
   * @throws {ConnectionError} If a call gets no answer.
   * @throws {BudgetError} If the input may cost more than the budget. Nothing was done.
   * @throws {JobConflictError} If the job's name belongs to different input.
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
    const { calls } = this.#services;
    // A reader of results makes calls at the same time.
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
    this.#creator.begin();
    await this.#input?.checkBudget();
    try {
      await this.#find();
      if (this.stopReason.isPastDeadline) await this.stop("deadline");
      await this.#sendNext();
      // Whatever is due with what was seen before must not wait for the rest.
      const isSeen = await this.#services.calls.half(() => this.#look());
      if (this.stopReason.stopped) await this.#creator.awaitStragglers();
      await cancelUnwanted(this.#context, this.view);
      for (const part of this.parts.leaves) {
        if (!this.#isOnItsWay(part)) await this.#advance(part);
      }
      this.totals.report();
      if (!isSeen) await this.#look();
    } catch (error) {
      if (!(error instanceof APIError) || !isOutOfCredit(error)) throw error;
      const { message } = error;
      this.stopReason.quota = { code: "insufficient_quota", message };
    }
  }

  /**
   * Finds a job without its input. With few calls it isn't found at once: its steps
   * continue with that, also from its record.
   *
   * @throws {JobNotFoundError} If OpenAI has nothing of it.
   * @throws {JobExpiredError} If its batches are still there, but not its files.
   */
  async findJob(
    insist: (work: () => Promise<void>) => Promise<void>,
    limits: StepLimits,
  ): Promise<void> {
    const { calls } = this.#services;
    calls.limit(limits.maxCalls, limits.signal);
    try {
      await insist(() => this.view.findJob());
    } catch (error) {
      if (!isSpent(error)) throw error;
    } finally {
      calls.limit(undefined, undefined);
    }
  }

  async #find(): Promise<void> {
    const isSought = !this.#input && !this.view.isFound;
    if (isSought) await this.view.findJob();
    else await this.view.find();
  }

  async #look(): Promise<void> {
    if (await this.view.look()) this.totals.reportProcessing();
  }

  /**
   * Finds out which parts are finished, for a look that changes nothing. A mark says
   * that the job is over: only a reader of its results waits until nothing of it can
   * show up any more.
   */
  async settle(): Promise<void> {
    const isStopped = this.stopReason.stopped !== undefined;
    for (const part of this.parts.leaves) part.isQuiet ||= isStopped;
    for (const part of this.parts.leaves) await this.#settle(part);
  }

  /** Marks parts as through that the caller has already. */
  async skipParts(
    skip: (part: { key: string; part: number }) => MaybePromise<boolean>,
  ): Promise<void> {
    await this.view.find();
    for (const state of this.parts.leaves) {
      const key = keyOf(this.settings.id, state);
      const { part, lines } = state;
      if (state.settled || !state.tag || !await skip({ key, part })) continue;
      state.settled = { succeeded: lines, failed: 0 };
    }
  }

  /**
   * Ends the job for good: says so at OpenAI first, so that every other
   * process sees it before it creates a batch.
   */
  async stop(why: Stop = "cancelled"): Promise<void> {
    const { marks } = this.view;
    if (marks.stopped === "cancelled" || marks.stopped === why) return;
    await leaveMark(this.#services.files, marks, this.settings.id, why);
  }

  /** Cancels the job without waiting for what comes of it. */
  async abandon(): Promise<void> {
    await this.stop();
    await cancelUnwanted(this.#context, this.view);
  }

  /** The background responses that answer what a deadline left open, if its lane is a window. */
  get background(): Background | undefined {
    const { lane, id } = this.settings;
    return this.#services.backgroundOf(lane, id);
  }

  /** Closes the input. What was sent keeps running. */
  async close(): Promise<void> {
    await this.#input?.close();
  }

  /** How long to wait before the next step, ms. A status has it too, but counts everything. */
  get pause(): number {
    return this.#isDone || this.#isFeeding ? 0 : this.#wait;
  }

  /** Where the job stands. */
  get status(): JobStatus {
    const done = this.#isDone;
    const isFeeding = this.#isFeeding;
    return {
      id: this.settings.id,
      phase: done ? "Done" : this.#phase,
      done,
      stopped: this.stopReason.reason,
      waitingFor: done ? undefined : this.#waitingFor(isFeeding),
      requests: this.totals.requests,
      parts: this.totals.parts,
      activeBatches: this.parts.leaves.flatMap(({ active }) => active).length,
      createdAt: new Date(this.parts.createdAt ?? this.#own.startedAt),
      wait: this.pause,
      cleaned: false,
    };
  }

  get #isDone(): boolean {
    const isWhole = this.#input?.ended ??
      (this.parts.hasEnd || this.stopReason.stopped !== undefined);
    return isWhole && this.totals.isThrough;
  }

  get #phase(): "Preparing" | "Sending" | "Processing" {
    if (this.isSent) return "Processing";
    return this.parts.leaves.length > 0 ? "Sending" : "Preparing";
  }

  #waitingFor(isFeeding: boolean): WaitingFor | undefined {
    const wait = isFeeding ? this.trouble : foremost(
      this.trouble,
      this.stopReason.wait,
      this.#creator.wait,
      this.reader.wait,
      this.#batchesWait,
    );
    return wait && toWaitingFor(wait);
  }

  get #batchesWait(): Wait | undefined {
    const isWatching = this.parts.leaves.some(({ active }) =>
      active.length > 0
    );
    if (!isWatching) return undefined;
    const { nextLook } = this.view;
    const isLater = nextLook > this.#services.clock.now();
    const until = isLater ? nextLook : Infinity;
    return { reason: "batches", until };
  }

  get #wait(): number {
    const { stays, createdAt } = this.#own;
    const wakeAt = this.#creator.wakeAt;
    const isWatching = this.parts.leaves.some((part) =>
      part.watched.length > 0
    );
    const isPutOff = !isWatching && wakeAt < Infinity;
    const next = isPutOff ? wakeAt : Math.min(this.view.nextLook, wakeAt);
    // The next process has to see what this one created.
    const soonest = stays ? 0 : createdAt + this.settleTime;
    const now = this.#services.clock.now();
    return Math.max(0, next - now, soonest - now);
  }

  get #inputEnded(): boolean {
    return this.#input?.ended ?? true;
  }

  /** Whether the next step sends more of the input. */
  get #isFeeding(): boolean {
    return this.#isUnread && !this.#creator.isUncertain;
  }

  /** Whether to read more of the input; without credit, only as far as it was sent before. */
  get #isUnread(): boolean {
    if (this.#inputEnded) return false;
    const { quota, stopped } = this.stopReason;
    return !quota || stopped !== undefined ||
      this.parts.leaves.some(({ tag, ids }) => tag && !ids);
  }

  /** Whether a part only waits to be read by another caller: of a thousand, most do. */
  #isOnItsWay(part: Part): boolean {
    const isLastRun = (part.current?.batches.length ?? 0) > 0;
    return this.deliveries.isOpen && isLastRun &&
      (part.reading.done || part.isRunning);
  }

  /** One part as far as it gets, then the next one: a step of few calls finishes some rather than none. */
  async #advance(part: Part): Promise<void> {
    if (!this.deliveries.isOpen) await this.#settle(part);
    this.stopReason.noteRefusedBatch(part, this.#own.stays);
    if (this.stopReason.holds) return;
    await this.#creator.create(part);
    if (!this.deliveries.isOpen && part.givenUp) await this.#settle(part);
  }

  async #settle(part: Part): Promise<void> {
    // If we don't know its ids yet, it may belong to different input.
    if (!this.#input || part.ids) await this.reader.settle(part);
  }

  async #sendNext(): Promise<void> {
    if (!this.#input || !this.#isUnread) return;
    // What an earlier process has sent must have had its time to show.
    if (!await this.#creator.isCertain()) return;
    const { holds, isDirect } = this.stopReason;
    // Requests to be sent directly are read back from their file.
    await this.#input.sendNext(this.parts, holds && !isDirect);
  }
}
