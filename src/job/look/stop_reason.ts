/**
 * Why a job asks for nothing more: it was cancelled, its deadline has passed,
 * the credit is used up, or its input never arrived whole.
 *
 * @module
 */

import { JobIncompleteError, QuotaError } from "../../errors.ts";
import type { JobStatus } from "../../progress/status.ts";
import type { ResultError } from "../../results/result.ts";
import type { Batch } from "../../types/batch.ts";
import { endOf, voidReason } from "../state/batch.ts";
import { whyUnanswered } from "../state/batch_errors.ts";
import type { RemoteView } from "./remote_view.ts";
import type { JobSettings } from "../options.ts";
import type { Part } from "../state/part.ts";
import type { Parts } from "../state/parts.ts";
import type { Services } from "../services.ts";
import type { OwnProcess } from "../state/own_process.ts";
import type { Stop } from "../state/marks.ts";
import type { Wait } from "../state/waits.ts";

/** After a batch without credit, a job that is only stepped tries again this much later, ms. */
const QUOTA_PAUSE = 3_600_000;

/** What a standstill is judged by. */
export interface StopContext {
  /** The client's. */
  services: Services;
  /** The job's options. */
  settings: JobSettings;
  /** What is known of its parts. */
  parts: Parts;
  /** What was seen. */
  view: RemoteView;
  /** This process. */
  own: OwnProcess;
  /** Whether the input is here. */
  hasInput: boolean;
}

/** What holds a job up. */
export class StopReason {
  #quota: { error: ResultError; since: number } | undefined;
  /** What was refused before is no news, ms. */
  #newsSince: number;
  readonly #context: StopContext;

  /** @param context What it is judged by. */
  constructor(context: StopContext) {
    this.#context = context;
    this.#newsSince = context.own.startedAt;
  }

  /** That the credit is used up, in the API's words. */
  get quota(): ResultError | undefined {
    return this.#quota?.error;
  }

  set quota(error: ResultError) {
    this.#quota = { error, since: this.#now };
  }

  /** That somebody has to pay, and when a job that is only stepped tries again. */
  get wait(): Wait | undefined {
    if (!this.#quota || this.stopped) return undefined;
    const { error: { message }, since } = this.#quota;
    return { reason: "credit", until: since + QUOTA_PAUSE, message };
  }

  /** Somebody may have paid. */
  tryAgain(): void {
    this.#quota = undefined;
    this.#newsSince = this.#now;
  }

  /** Tries again without credit, if it is time to: for a job that is only stepped, and so never ends with an error. */
  tryAgainInTime(): void {
    if (this.#quota && this.#now >= this.#quota.since + QUOTA_PAUSE) {
      this.tryAgain();
    }
  }

  /** Whether no new batch may be created. */
  get holds(): boolean {
    return this.stopped !== undefined || this.quota !== undefined;
  }

  /** Why the job was ended before its time, if it was. */
  get stopped(): Stop | undefined {
    return this.#context.view.stopped;
  }

  /** Whether what is open now is left to direct calls. */
  get isDirect(): boolean {
    return this.stopped === "deadline" &&
      this.#context.settings.atDeadline === "direct";
  }

  /** Whether the job's time is over. */
  get isPastDeadline(): boolean {
    const { services: { serverClock }, settings, parts } = this.#context;
    const { deadline } = settings;
    if (deadline === undefined) return false;
    if (typeof deadline !== "number") return this.#now >= +deadline;
    const { createdAt } = parts;
    return createdAt === undefined
      ? this.#now >= this.#context.own.startedAt + deadline
      : serverClock.now() >= createdAt + deadline;
  }

  /** What becomes of requests that are not asked any more. */
  get error(): ResultError | undefined {
    const { stopped } = this;
    if (!stopped) return undefined;
    const message = stopped === "cancelled"
      ? "The job was cancelled before there was an answer"
      : "The deadline passed before there was an answer";
    return { code: stopped, message };
  }

  /** Why it stands still, once all that runs has been read. */
  get reason(): JobStatus["stopped"] {
    const { hasInput, parts } = this.#context;
    if (this.stopped) {
      const message = this.stopped === "deadline"
        ? "The deadline has passed"
        : "The job was cancelled";
      return { code: this.stopped, message };
    }
    if (this.quota) {
      return { code: "insufficient_quota", message: this.quota.message };
    }
    if (hasInput || parts.hasEnd) return undefined;
    return {
      code: "input_incomplete",
      message: "The input never arrived completely: " +
        "run it again with the same job and input",
    };
  }

  /**
   * Takes note of a request that was refused for want of credit. What an
   * earlier process met is no news to one that was started since.
   *
   * @param error What the API said.
   * @param batch The batch that the request was in.
   * @param stays Whether this process waits between its steps.
   */
  noteQuota(error: ResultError, batch: Batch, stays: boolean): void {
    const { serverClock } = this.#context.services;
    const pause = stays ? 0 : QUOTA_PAUSE;
    const refusedAt = serverClock.toLocal(endOf(batch) ?? serverClock.now());
    if (refusedAt + pause >= this.#newsSince) this.quota = error;
  }

  /**
   * Takes note of a batch that was refused as a whole for want of credit.
   *
   * @param part The part whose next batch it was to be.
   * @param stays Whether this process waits between its steps.
   */
  noteRefusedBatch({ current }: Part, stays: boolean): void {
    const last = current?.batches.length === 0 && current.voids.at(-1);
    if (this.#quota || !last || voidReason(last) !== "credit") return;
    this.noteQuota(whyUnanswered(last), last, stays);
  }

  /**
   * Throws where everything was read and nothing will come by itself.
   *
   * @throws {QuotaError} If the credit is used up.
   * @throws {JobIncompleteError} If the input never arrived whole.
   * @throws {JobExpiredError} If there were answers that are gone.
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

  get #now(): number {
    return this.#context.services.clock.now();
  }
}
