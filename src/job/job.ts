/**
 * A job at OpenAI: step it, watch it, read it, cancel it, clean it up.
 *
 * @module
 */

import { APIError, OpenAIBatchError, withJob } from "../errors.ts";
import { watch } from "../progress/watch.ts";
import type { ResultStream } from "../results/run.ts";
import { isPassing, MAX_RETRY_AFTER, readRetryAfter } from "../rest/retry.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import type { Clock, MaybePromise } from "../types/platform.ts";
import { cleanUp } from "./send/clean_up.ts";
import type { JobEngine } from "./engine.ts";
import { type PartResults, readParts } from "./part_results.ts";
import type { RetryLoop } from "./retry_loop.ts";
import { type JobRecord, toRecord } from "./record.ts";
import type { JobStatus } from "../progress/job_status.ts";
import { streamJob } from "./stream.ts";
import { isSpent } from "./services.ts";

/**
 * A job at OpenAI.
 *
 * @typeParam E The endpoint.
 * @typeParam T The type of `parsed`.
 */
export interface Job<E extends Endpoint = Chat, T = unknown> {
  /** Its id. */
  readonly id: string;
  /**
   * One idempotent pass: looks at the batches and does what is due. It never sleeps:
   * a wait over a second becomes `status.wait`. For a cron, a webhook or a workflow
   * engine, once per wake-up.
   *
   * A process that has just started may not see yet what the one before it created.
   * So if a batch is due, its step leaves a mark at OpenAI, and a step about a
   * minute later (`status.wait`) deletes the mark and creates the batch. If a
   * server can't delete files, keep a process alive with `watch` or `results`.
   *
   * @param options `maxCalls` limits the HTTP calls of this pass, and `signal` ends it between two calls; the next pass continues. If each pass attaches anew, it needs the record of the previous one to get further.
   * @returns Where the job stands.
   */
  step(
    options?: { maxCalls?: number; signal?: AbortSignal },
  ): Promise<JobStatus>;
  /**
   * Steps and waits until the job is done, yielding a status after each step.
   *
   * @throws {QuotaError} If you are out of credit and nothing is active any more.
   * @throws {JobIncompleteError} If the input never arrived completely.
   */
  watch(): AsyncIterable<JobStatus>;
  /**
   * Steps and waits until all results are there. Each call yields every result
   * once.
   *
   * Read one stream at a time: a second one takes over from the first, which then
   * throws. Read a stream to its end, or leave it with `break` or `return()`: until
   * then, nothing else reads answers. You may call `watch`, `step` and `cancel`
   * meanwhile.
   *
   * @param options With `wait: false`, it reads what can be read now, then ends; use `step` to move the job on.
   * @returns The results as they arrive.
   */
  results(options?: { wait?: boolean }): ResultStream<E, T>;
  /**
   * Yields the results part by part, as parts finish, so that you can keep a
   * checkpoint of your own.
   *
   * @param options With `wait: false`, only the parts that are finished now. Parts for which `skip` returns true are not downloaded.
   */
  parts(options?: {
    wait?: boolean;
    skip?: (part: { key: string; part: number }) => MaybePromise<boolean>;
  }): AsyncIterable<PartResults<E, T>>;
  /**
   * Cancels the job for good, and for every process. This takes a few minutes. What
   * was answered by then is paid for and can be read; the rest fails with the code
   * "cancelled". The job's `signal` doesn't end this call.
   *
   * @returns Where the job stands, once nothing is active and nothing can become active.
   */
  cancel(): Promise<JobStatus>;
  /**
   * Deletes the job's files at OpenAI, and the responses of a deadline's `lane`
   * "8h" or "2h", which you have to pass for that. Its results can't be read again, and its name
   * stays taken: `attach` and `run` throw a `JobExpiredError` for it.
   *
   * @throws {OpenAIBatchError} If a batch is active: `code` is "active_batches".
   */
  cleanup(): Promise<void>;
  /** A record in plain JSON that saves calls when you attach to the job again. */
  toJSON(): JobRecord;
}

/** The job on top of its engine. */
export class EngineJob<E extends Endpoint, T> implements Job<E, T> {
  /** Its id. */
  readonly id: string;
  readonly #engine: JobEngine;
  readonly #clock: Clock;
  #cleaned = false;

  constructor(engine: JobEngine, clock: Clock) {
    this.id = engine.settings.id;
    this.#engine = engine;
    this.#clock = clock;
  }

  /** See {@linkcode Job.step}. */
  async step(
    options: { maxCalls?: number; signal?: AbortSignal } = {},
  ): Promise<JobStatus> {
    this.#engine.stopReason.tryAgainInTime();
    try {
      await this.#engine.step(options);
      return this.#status;
    } catch (error) {
      const wait = this.#waitAfter(error);
      if (wait === undefined) throw withJob(error, this.id);
      return { ...this.#status, done: false, wait };
    }
  }

  /** See {@linkcode Job.watch}. */
  async *watch(): AsyncGenerator<JobStatus> {
    const { signal } = this.#engine.settings;
    const retries = this.#engine.retryLoop(signal);
    this.#engine.stopReason.tryAgain();
    this.#engine.startLoop();
    while (true) {
      const { pause, status } = await this.#tryStep(retries);
      yield status;
      if (status.done) return;
      if (pause === undefined) this.#engine.stopReason.check();
      await this.#clock.sleep(pause ?? status.wait, signal);
    }
  }

  /** See {@linkcode Job.results}. */
  results({ wait = true }: { wait?: boolean } = {}): ResultStream<E, T> {
    return streamJob<E, T>(this.#engine, this.#clock, { wait });
  }

  /** See {@linkcode Job.parts}. */
  async *parts(
    { wait = true, skip = () => false }: {
      wait?: boolean;
      skip?: (part: { key: string; part: number }) => MaybePromise<boolean>;
    } = {},
  ): AsyncGenerator<PartResults<E, T>> {
    const given = new Set<string>();
    const { signal } = this.#engine.settings;
    const retries = this.#engine.retryLoop(signal);
    this.#engine.stopReason.tryAgain();
    if (wait) this.#engine.startLoop();
    while (true) {
      await retries.insist(() => this.#engine.skipParts(skip));
      const status = await this.#insistOnStep(retries);
      yield* readParts<E, T>(this.#engine, this.#clock, given, skip);
      if (status.done || !wait) return;
      this.#engine.stopReason.check();
      await this.#clock.sleep(status.wait, signal);
    }
  }

  /** See {@linkcode Job.cancel}. */
  async cancel(): Promise<JobStatus> {
    const retries = this.#insistence();
    await retries.insist(() => this.#engine.stop());
    await this.#engine.background?.cancel();
    this.#engine.startLoop();
    const { settleTime } = this.#engine;
    let since = this.#clock.now();
    while (true) {
      const lookedAt = this.#clock.now();
      await retries.insist(() => this.#engine.view.list());
      const status = await this.#insistOnStep(retries);
      if (status.activeBatches > 0) since = this.#clock.now();
      const isCertain = lookedAt >= since + settleTime;
      const { done, total } = status.parts;
      // A reader of the results may be waiting for this.
      const isRead = done === total || this.#engine.deliveries.isOpen;
      if (isRead && status.activeBatches === 0 && isCertain) return status;
      await this.#clock.sleep(Math.max(status.wait, settleTime / 4));
    }
  }

  /** See {@linkcode Job.cleanup}. */
  async cleanup(): Promise<void> {
    const retries = this.#insistence();
    await retries.insist(() => this.#engine.view.lookNow());
    const { activeBatches } = this.#engine.status;
    if (activeBatches > 0) {
      throw new OpenAIBatchError(
        `The job ${this.id} has ${activeBatches} active batches: cancel it first`,
        { code: "active_batches", jobId: this.id },
      );
    }
    await retries.insist(() => cleanUp(this.#engine));
    this.#cleaned = true;
  }

  /** See {@linkcode Job.toJSON}. */
  toJSON(): JobRecord {
    return toRecord(this.id, this.#engine.parts, this.#engine.view);
  }

  get #status(): JobStatus {
    return { ...this.#engine.status, cleaned: this.#cleaned };
  }

  /** The signal that ends waiting must not end a cancel or a clean-up. */
  #insistence(): RetryLoop {
    this.#engine.settings.signal = undefined;
    return this.#engine.retryLoop(undefined);
  }

  async #insistOnStep(retries: RetryLoop): Promise<JobStatus> {
    return await retries.insist(async () => {
      await this.#engine.step();
      return this.#status;
    });
  }

  /** A step that also reports what the job is waiting for. */
  async #tryStep(
    retries: RetryLoop,
  ): Promise<{ status: JobStatus; pause: number | undefined }> {
    retries.begin();
    try {
      await this.#engine.step();
      retries.reset();
      return { status: this.#status, pause: undefined };
    } catch (error) {
      const pause = retries.pauseAfter(error);
      return { status: { ...this.#status, done: false, wait: pause }, pause };
    }
  }

  /** A step doesn't wait: it says how long to wait. */
  #waitAfter(error: unknown): number | undefined {
    if (isSpent(error)) return 0;
    if (!(error instanceof APIError) || !isPassing(error)) return undefined;
    const now = this.#clock.now();
    const asked = readRetryAfter(error.headers, now);
    if (asked === undefined) return undefined;
    const wait = Math.min(asked, MAX_RETRY_AFTER);
    const { message } = error;
    this.#engine.trouble = { reason: "retry", until: now + wait, message };
    return wait;
  }
}

/**
 * Does something with a job until it goes well, and shows meanwhile what it
 * waits for.
 *
 * @throws What it throws, if that will not pass, or has lasted too long.
 */
export async function insist<T>(
  engine: JobEngine,
  clock: Clock,
  work: () => Promise<T>,
): Promise<T> {
  const { signal } = engine.settings;
  const watching = watch(engine, clock);
  const retries = engine.retryLoop(signal, () => watching.update());
  try {
    return await watching.during(retries.insist(work));
  } finally {
    engine.trouble = undefined;
    watching.close();
  }
}

/** Sends a whole input. */
export async function send(engine: JobEngine, clock: Clock): Promise<void> {
  const { id, signal } = engine.settings;
  const watching = watch(engine, clock);
  const retries = engine.retryLoop(signal, () => watching.update());
  try {
    watching.update();
    while (!engine.isSent) {
      await watching.during(retries.insist(() => engine.step()));
      watching.update();
      const { wait } = engine.status;
      if (engine.isSent || wait === 0) continue;
      await watching.during(clock.sleep(wait, signal));
    }
  } catch (error) {
    await engine.close();
    throw withJob(error, id);
  } finally {
    watching.close();
  }
}
