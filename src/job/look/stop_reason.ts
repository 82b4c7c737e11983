/**
 * Why a job sends nothing more: it was cancelled, its deadline has passed, it is out of
 * credit, or its input never arrived completely.
 *
 * @module
 */

import { JobIncompleteError, QuotaError } from "../../errors.ts";
import type { JobStatus } from "../../progress/job_status.ts";
import type { ResultError } from "../../results/result.ts";
import type { Batch } from "../../types/batch.ts";
import { endOf, voidReason } from "../state/batch.ts";
import { whyUnanswered } from "../state/batch_errors.ts";
import type { JobContext } from "../context.ts";
import type { Part } from "../state/part.ts";
import type { JobClock } from "../state/job_clock.ts";
import type { Marks, Stop } from "../state/marks.ts";
import type { Wait } from "../state/waits.ts";

/** After a batch without credit, a job that is only stepped tries again this much later, ms. */
const QUOTA_PAUSE = 3_600_000;

/** What holds up a job. */
export class StopReason {
  #quota: { error: ResultError; since: number } | undefined;
  /** Refusals before this are ignored, ms. */
  #newsSince: number;
  readonly #context: JobContext;
  readonly #clock: JobClock;
  readonly #marks: Marks;
  readonly #hasInput: boolean;

  /** @param hasInput Whether the input is here. */
  constructor(context: JobContext, marks: Marks, hasInput: boolean) {
    this.#context = context;
    this.#clock = context.services.clock;
    this.#marks = marks;
    this.#hasInput = hasInput;
    this.#newsSince = context.own.startedAt;
  }

  /** The API's error, if the job is out of credit. */
  get quota(): ResultError | undefined {
    return this.#quota?.error;
  }

  set quota(error: ResultError) {
    this.#quota = { error, since: this.#clock.now() };
  }

  /** The wait for credit, and when a job that is only stepped tries again. */
  get wait(): Wait | undefined {
    if (!this.#quota || this.stopped) return undefined;
    const { error: { message }, since } = this.#quota;
    return { reason: "credit", until: since + QUOTA_PAUSE, message };
  }

  /** There may be credit again. */
  tryAgain(): void {
    this.#quota = undefined;
    this.#newsSince = this.#clock.now();
  }

  /** Tries again without credit, if it is time to: for a job that is only stepped, and so never ends with an error. */
  tryAgainInTime(): void {
    if (this.#quota && this.#clock.now() >= this.#quota.since + QUOTA_PAUSE) {
      this.tryAgain();
    }
  }

  /** Whether no new batch may be created. */
  get holds(): boolean {
    return this.stopped !== undefined || this.quota !== undefined;
  }

  /** Why the job was ended before its time, if it was. */
  get stopped(): Stop | undefined {
    return this.#marks.stopped;
  }

  /** Whether direct calls take over what is open. */
  get isDirect(): boolean {
    return this.stopped === "deadline" &&
      this.#context.settings.atDeadline === "direct";
  }

  /** Whether the job's time is over. */
  get isPastDeadline(): boolean {
    const { settings, parts, own } = this.#context;
    const clock = this.#clock;
    const { deadline } = settings;
    if (deadline === undefined) return false;
    if (typeof deadline !== "number") return clock.now() >= +deadline;
    const { createdAt } = parts;
    const begunAt = createdAt === undefined
      ? own.startedAt
      : clock.timeOf(createdAt);
    return clock.now() >= begunAt + deadline;
  }

  /** The error of requests that are no longer sent. */
  get error(): ResultError | undefined {
    const { stopped } = this;
    if (!stopped) return undefined;
    const message = stopped === "cancelled"
      ? "The job was cancelled before there was an answer"
      : "The deadline passed before there was an answer";
    return { code: stopped, message };
  }

  /** Why it is stuck, once everything that was running has been read. */
  get reason(): JobStatus["stopped"] {
    if (this.stopped) {
      const message = this.stopped === "deadline"
        ? "The deadline has passed"
        : "The job was cancelled";
      return { code: this.stopped, message };
    }
    if (this.quota) {
      return { code: "insufficient_quota", message: this.quota.message };
    }
    if (this.#hasInput || this.#context.parts.hasEnd) return undefined;
    return {
      code: "input_incomplete",
      message: "The input never arrived completely: " +
        "run it again with the same job and input",
    };
  }

  /**
   * Records that a request was refused for lack of credit. What an earlier process met
   * doesn't concern one that was started since.
   */
  noteQuota(error: ResultError, batch: Batch, stays: boolean): void {
    const pause = stays ? 0 : QUOTA_PAUSE;
    const date = endOf(batch);
    const refusedAt = date === undefined
      ? this.#clock.now()
      : this.#clock.timeOf(date);
    if (refusedAt + pause >= this.#newsSince) this.quota = error;
  }

  /**
   * Records that a whole batch was refused for lack of credit.
   *
   * @param part The part whose next batch it was to be.
   */
  noteRefusedBatch({ current }: Part, stays: boolean): void {
    const last = current?.batches.length === 0 && current.voids.at(-1);
    if (this.#quota || !last || voidReason(last) !== "credit") return;
    this.noteQuota(whyUnanswered(last), last, stays);
  }

  /**
   * Throws if everything has been read and nothing more will come by itself.
   *
   * @throws {QuotaError} If the job is out of credit.
   * @throws {JobIncompleteError} If the input never arrived completely.
   * @throws {JobExpiredError} If answers are gone.
   */
  check(): void {
    const { parts: { leaves, gone }, settings } = this.#context;
    const { reason } = this;
    const open = leaves.filter(({ settled, reading, gone }) =>
      !settled && !reading.done && !gone
    );
    if (gone && open.length === 0) throw gone;
    const moves = open.some((part) => part.active.length > 0 || part.isUnread);
    if (moves || !reason || this.stopped) return;
    const details = { code: reason.code, jobId: settings.id };
    if (reason.code === "insufficient_quota") {
      throw new QuotaError(reason.message, details);
    }
    if (open.length === 0) {
      throw new JobIncompleteError(reason.message, details);
    }
  }
}
