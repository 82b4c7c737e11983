/**
 * The loop over the step: results as they come.
 *
 * @module
 */

import { withJob } from "../errors.ts";
import {
  type TableOptions,
  type UsageReport,
  usageTable,
} from "../pricing/mod.ts";
import type { Result } from "../results/result.ts";
import { type ResultStream, type Run, toRun } from "../results/run.ts";
import type { Endpoint } from "../types/endpoints.ts";
import type { Clock } from "../types/platform.ts";
import type { JobEngine } from "./engine.ts";
import { Patience } from "./patience.ts";
import { watch } from "./watch.ts";

/** How a stream ends. */
export interface StreamOptions {
  /** Whether it waits for what can't be read yet. @default true */
  wait?: boolean;
  /** Whether the input is let go of with it: nobody else can send the rest. @default false */
  closes?: boolean;
}

/**
 * Drives a job until every result was handed out.
 *
 * @typeParam E The endpoint that is asked.
 * @typeParam T The type of `parsed`.
 */
export class JobStream<E extends Endpoint, T> implements ResultStream<E, T> {
  /** The job's id. */
  readonly jobId: string;
  readonly #engine: JobEngine;
  readonly #results: AsyncGenerator<Result<E, T>>;

  /**
   * @param engine The job.
   * @param clock Measures the waits.
   * @param options How it ends.
   */
  constructor(engine: JobEngine, clock: Clock, options: StreamOptions) {
    this.jobId = engine.settings.id;
    this.#engine = engine;
    this.#results = drive(engine, clock, options);
  }

  /** What was used and paid so far. */
  get usage(): UsageReport {
    return this.#engine.reader.usage.report();
  }

  /**
   * @param options How it looks.
   * @returns The usage so far as a table.
   */
  usageTable(options?: TableOptions): string {
    return usageTable(this.usage, options);
  }

  /** @returns The next result. */
  next(): Promise<IteratorResult<Result<E, T>>> {
    return this.#results.next();
  }

  /**
   * Stops reading. The batches go on, unless `atAbort` says otherwise.
   *
   * @param value Handed back.
   * @returns The end of the stream.
   */
  return(value?: unknown): Promise<IteratorResult<Result<E, T>>> {
    return this.#results.return(value);
  }

  /** @returns Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @returns All results that were not read before, as a run. */
  async collect(): Promise<Run<E, T>> {
    const results: Result<E, T>[] = [];
    for await (const result of this) results.push(result);
    const batches = this.#engine.parts.all.flatMap(({ part, rounds }) =>
      rounds.flatMap((round, number) =>
        round.batches.map((batch) => ({ ...batch, part, round: number }))
      )
    );
    return toRun({ jobId: this.jobId, results, batches, usage: this.usage });
  }
}

async function* drive<E extends Endpoint, T>(
  engine: JobEngine,
  clock: Clock,
  { wait = true, closes = false }: StreamOptions,
): AsyncGenerator<Result<E, T>> {
  const { id, signal, atAbort } = engine.settings;
  const patience = new Patience(clock, signal);
  const watching = watch(engine, clock);
  let isDelivered = false;
  let isOver = false;
  const delivery = engine.deliveries.start();
  engine.startLoop();
  try {
    watching.update();
    do {
      try {
        await engine.step();
        watching.update();
        yield* engine.deliveries.results(delivery) as AsyncGenerator<
          Result<E, T>
        >;
        engine.tally.reportProcessing();
        patience.reset();
      } catch (error) {
        await patience.wait(error);
        continue;
      }
      isDelivered = engine.deliveries.isComplete(delivery);
      const pause = wait && !isDelivered ? engine.status.wait : 0;
      if (pause > 0) await clock.sleep(pause, signal);
    } while (wait && !isDelivered);
    watching.update();
    isOver = true;
  } catch (error) {
    isOver = !signal?.aborted;
    throw withJob(error, id);
  } finally {
    watching.close();
    engine.deliveries.end(delivery);
    if (closes) await engine.close();
    // Left early, by a signal or by a `break`.
    if (!isOver && atAbort === "cancel") await engine.abandon();
  }
}
