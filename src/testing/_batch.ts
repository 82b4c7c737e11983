/**
 * One simulated batch: what it is, and what happens to it next.
 *
 * @module
 */

import type { Batch } from "../types/batch.ts";
import type { BatchParams } from "./_batch_params.ts";
import { BatchRun } from "./_batch_run.ts";
import type { BatchFault, FaultPlan } from "./_faults.ts";
import type { FileStore } from "./_files.ts";
import { HttpError } from "./_http_error.ts";
import { recordOf } from "./_json.ts";
import type { Books } from "./_ledger.ts";
import { Lines, type LineWriter } from "./_lines.ts";
import { Random } from "./_random.ts";
import { scheduleOf, type Stage, STAGES, WINDOW } from "./_schedule.ts";
import type { Respond } from "./types.ts";
import { type BatchError, error, validate } from "./_validation.ts";

/** What a batch needs of its simulator. */
export interface BatchContext {
  files: FileStore;
  books: Books;
  faults: FaultPlan;
  respond: Respond;
  requestsPerFile: number;
  /** Input tokens that may be queued per model. */
  enqueuedTokens: number;
  /** Counts them. */
  countTokens: (text: string) => number;
  /** Input tokens that are queued for a model. */
  enqueued: (model: string) => number;
  /** Called as soon as the batch has ended. */
  ended: (batch: Batch) => void;
}

/** Faults with which a batch fails as a whole, and what it says of them. */
const REFUSALS: [fault: BatchFault, message: string][] = [
  ["internal_error", "The batch could not be run. Please try again."],
  ["billing_hard_limit_reached", "Billing hard limit has been reached."],
];

/** Complains about requests that only the server finds wrong: the same ones in each batch. */
function badLines(lines: Lines, faults: FaultPlan): BatchError[] {
  if (!faults.has("named_lines")) return [];
  const message = "Missing required parameter: 'messages'.";
  return Array.from({ length: lines.length }, (_, i) => i)
    .filter((i) => {
      const id = String(recordOf(lines.parse(i)).custom_id);
      return faults.strikes("named_lines", new Random(id));
    })
    .map((i) =>
      error(["missing_required_parameter", message, "body.messages"], i + 1)
    );
}

/** A batch that knows when something happens to it next. */
export class SimulatedBatch {
  /** As on the wire. */
  readonly wire: Batch;
  /** When {@linkcode step} is due, milliseconds since the epoch; Infinity once nothing more will happen. */
  due: number;
  /** Input tokens that it keeps queued. */
  tokens = 0;
  readonly #context: BatchContext;
  readonly #random: Random;
  readonly #expiresAt: number;
  readonly #outputLifetime: number;
  #run: BatchRun | undefined;

  /** @param now When it is created, milliseconds since the epoch. */
  constructor(
    params: BatchParams,
    now: number,
    random: Random,
    context: BatchContext,
  ) {
    this.#context = context;
    this.#random = random;
    this.#expiresAt = now + WINDOW;
    this.#outputLifetime = params.outputLifetime;
    this.due = now + this.#duration("validating");
    this.wire = wireOf(params, random.id("batch_"), now);
  }

  /** When a request is answered next, between the steps; Infinity if it does not run. */
  get answersAt(): number {
    const runs = this.wire.status === "in_progress";
    return runs ? this.#run?.nextAnswerAt ?? Infinity : Infinity;
  }

  /** Lets happen what is due. */
  async step(): Promise<void> {
    const now = this.due;
    switch (this.wire.status) {
      case "validating":
        return this.#validate(now);
      case "in_progress":
        return await this.#stopRunning(now);
      case "finalizing":
        return this.#end("completed", now);
      case "cancelling":
        this.#run?.giveUp("batch_cancelled");
        return this.#end("cancelled", now);
      default:
        this.due = Infinity;
        return this.#publish(now);
    }
  }

  /** Answers the requests that are due. */
  async answerUntil(time: number): Promise<void> {
    await this.#run?.answerUntil(time);
    this.#count();
  }

  /**
   * Cancels it: what was answered so far is kept.
   *
   * @throws {HttpError} 409 for a batch that has ended otherwise.
   */
  cancel(now: number): void {
    const { status } = this.wire;
    if (status === "cancelling" || status === "cancelled") return;
    if (["completed", "failed", "expired"].includes(status)) {
      throw new HttpError(
        409,
        `Cannot cancel a batch with status '${status}'.`,
      );
    }
    this.wire.status = "cancelling";
    this.wire.cancelling_at = seconds(now);
    this.due = now + this.#duration("cancelling");
  }

  #validate(now: number): void {
    const { files, requestsPerFile, countTokens } = this.#context;
    const file = files.find(this.wire.input_file_id, now);
    if (file === undefined) {
      return this.#fail([noFile(this.wire.input_file_id)], now);
    }
    const lines = new Lines(file.bytes);
    const { errors, model, tokens } = validate(
      lines,
      this.wire.endpoint,
      requestsPerFile,
      countTokens,
    );
    const refusal = errors.length > 0
      ? errors
      : this.#whyRefused(lines, model, tokens);
    if (refusal.length > 0) return this.#fail(refusal, now);
    this.wire.model = model ?? null;
    this.tokens = tokens;
    this.#start(lines, now);
  }

  /** What is wrong with a file that can be run. Servers look at the queue before they look at the lines, or after it. */
  #whyRefused(
    lines: Lines,
    model: string | undefined,
    tokens: number,
  ): BatchError[] {
    const { enqueuedTokens, faults } = this.#context;
    const bad = badLines(lines, faults);
    const areLinesFirst = this.#random.fork("lines first").chance(0.5);
    if (areLinesFirst && bad.length > 0) return bad;
    if (this.#isQueueFull(model, tokens)) {
      return [queueFull(model, enqueuedTokens)];
    }
    const refusal = REFUSALS.find(([fault]) => this.#suffers(fault));
    return refusal ? [error([...refusal, null], null)] : bad;
  }

  #start(lines: Lines, now: number): void {
    const { books, respond } = this.#context;
    this.#run = new BatchRun(
      lines,
      scheduleOf(lines.length, now, this.#random, this.#suffers("expired")),
      {
        books,
        respond,
        random: this.#random,
        suffers: (fault) => this.#suffers(fault),
      },
    );
    this.wire.status = "in_progress";
    this.wire.in_progress_at = seconds(now);
    this.wire.request_counts!.total = lines.length;
    this.due = Math.min(this.#run.finishesAt, this.#expiresAt);
  }

  async #stopRunning(now: number): Promise<void> {
    await this.answerUntil(now);
    if (now >= this.#expiresAt) {
      this.#run?.giveUp("batch_expired");
      return this.#end("expired", now);
    }
    this.wire.status = "finalizing";
    this.wire.finalizing_at = seconds(now);
    this.due = now + this.#duration("finalizing");
  }

  #fail(errors: BatchError[], now: number): void {
    this.wire.errors = { object: "list", data: errors };
    this.#end("failed", now);
  }

  #end(
    status: "completed" | "failed" | "expired" | "cancelled",
    now: number,
  ): void {
    this.due = Infinity;
    this.tokens = 0;
    this.wire.status = status;
    this.wire[`${status}_at`] = seconds(now);
    if (this.#run !== undefined) this.wire.usage = this.#run.usage;
    if (status === "completed" && this.#suffers("late_files")) {
      this.due = now + this.#duration("lateFiles");
    } else {
      this.#publish(now);
    }
    this.#context.ended(this.wire);
  }

  /** Makes the two files, and drops what it ran on. */
  #publish(now: number): void {
    if (this.#run === undefined) return;
    const { output, errors } = this.#run;
    this.wire.output_file_id = this.#file("output", output, now);
    this.wire.error_file_id = this.#file("error", errors, now);
    this.#run = undefined;
  }

  #file(name: "output" | "error", lines: LineWriter, now: number) {
    const isWanted = lines.count > 0 ||
      (name === "error" && this.#suffers("empty_error_file"));
    if (!isWanted) return null;
    return this.#context.files.create({
      bytes: lines.bytes(),
      filename: `${this.wire.id}_${name}.jsonl`,
      purpose: "batch_output",
      lifetime: this.#outputLifetime,
    }, now).id;
  }

  #count(): void {
    if (this.#run === undefined) return;
    this.wire.request_counts!.completed = this.#run.completed;
    this.wire.request_counts!.failed = this.#run.failed;
  }

  #isQueueFull(model: string | undefined, tokens: number): boolean {
    if (model === undefined) return false;
    const { enqueued, enqueuedTokens } = this.#context;
    return enqueued(model) + tokens > enqueuedTokens;
  }

  #suffers(fault: BatchFault): boolean {
    return this.#context.faults.strikes(fault, this.#random);
  }

  #duration(stage: Stage): number {
    return this.#random.integer(...STAGES[stage]);
  }
}

function wireOf(params: BatchParams, id: string, now: number): Batch {
  return {
    id,
    object: "batch",
    endpoint: params.endpoint,
    model: null,
    errors: null,
    input_file_id: params.inputFileId,
    completion_window: params.completionWindow,
    status: "validating",
    output_file_id: null,
    error_file_id: null,
    created_at: seconds(now),
    in_progress_at: null,
    expires_at: seconds(now + WINDOW),
    finalizing_at: null,
    completed_at: null,
    failed_at: null,
    expired_at: null,
    cancelling_at: null,
    cancelled_at: null,
    request_counts: { total: 0, completed: 0, failed: 0 },
    usage: null,
    metadata: params.metadata,
  };
}

function noFile(id: string): BatchError {
  return error([
    "invalid_request",
    `Cannot find file ${id}, or organization org-simulator does not have access to it.`,
    "file_id",
  ], null);
}

function queueFull(model: string | undefined, limit: number): BatchError {
  return error([
    "token_limit_exceeded",
    `Enqueued token limit reached for ${model} in organization org-simulator. Limit: ${
      limit.toLocaleString("en-US")
    } enqueued tokens. Please try again once some in_progress batches have been completed.`,
    null,
  ], null);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
