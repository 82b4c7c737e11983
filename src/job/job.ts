/**
 * A job that was submitted: to be stepped, watched and read.
 *
 * @module
 */

import { APIError, withJob } from "../errors.ts";
import type { ResultStream } from "../results/run.ts";
import { isPassing, readRetryAfter } from "../rest/retry.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import type { Clock } from "../types/platform.ts";
import type { JobEngine } from "./engine.ts";
import { Patience } from "./patience.ts";
import type { JobStatus } from "./status.ts";
import { JobStream } from "./stream.ts";
import { watch } from "./watch.ts";

/**
 * A job at OpenAI.
 *
 * @typeParam E The endpoint that is asked.
 * @typeParam T The type of `parsed`.
 */
export interface Job<E extends Endpoint = Chat, T = unknown> {
  /** Its id. */
  readonly id: string;
  /**
   * One idempotent pass: looks at the batches and does what is due. It never
   * sleeps: a wait over a second becomes `status.wait`. For a cron, a webhook
   * or a workflow engine, once per wake-up.
   *
   * @returns Where the job stands.
   */
  step(): Promise<JobStatus>;
  /** Steps and waits, with a status after each step, until the job is done. */
  watch(): AsyncIterable<JobStatus>;
  /**
   * Steps and waits until all results are there. Each result is handed out
   * once by a `Job`, however often this is called.
   *
   * @param options `wait: false` reads what can be read now, then ends.
   * @returns The results as they come.
   */
  results(options?: { wait?: boolean }): ResultStream<E, T>;
}

/**
 * Sends a whole input.
 *
 * @param engine The job.
 * @param clock Measures the waits.
 * @returns The job, every part of it queued.
 */
export async function submit<E extends Endpoint>(
  engine: JobEngine,
  clock: Clock,
): Promise<Job<E, undefined>> {
  const { id, signal } = engine.settings;
  const patience = new Patience(clock, signal);
  const watching = watch(engine, clock);
  try {
    watching.update();
    while (!engine.isSent) {
      try {
        await engine.step();
        patience.reset();
      } catch (error) {
        await patience.wait(error);
        continue;
      }
      watching.update();
      if (!engine.isSent) await clock.sleep(engine.status.wait, signal);
    }
  } catch (error) {
    await engine.close();
    throw withJob(error, id);
  } finally {
    watching.close();
  }
  return new SubmittedJob<E>(engine, clock);
}

class SubmittedJob<E extends Endpoint> implements Job<E, undefined> {
  readonly id: string;
  readonly #engine: JobEngine;
  readonly #clock: Clock;

  constructor(engine: JobEngine, clock: Clock) {
    this.id = engine.settings.id;
    this.#engine = engine;
    this.#clock = clock;
  }

  async step(): Promise<JobStatus> {
    try {
      await this.#engine.step();
      return this.#engine.status;
    } catch (error) {
      const wait = this.#askedWait(error);
      if (wait === undefined) throw withJob(error, this.id);
      return { ...this.#engine.status, wait };
    }
  }

  async *watch(): AsyncGenerator<JobStatus> {
    while (true) {
      const status = await this.step();
      yield status;
      if (status.done) return;
      await this.#clock.sleep(status.wait, this.#engine.settings.signal);
    }
  }

  results({ wait = true } = {}): ResultStream<E, undefined> {
    return new JobStream<E>(this.#engine, this.#clock, wait);
  }

  #askedWait(error: unknown): number | undefined {
    if (!(error instanceof APIError) || !isPassing(error)) return undefined;
    return readRetryAfter(error.headers, this.#clock.now());
  }
}
