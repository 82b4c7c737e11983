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

/**
 * Drives a job until every result was handed out.
 *
 * @typeParam E The endpoint that is asked.
 */
export class JobStream<E extends Endpoint>
  implements ResultStream<E, undefined> {
  /** The job's id. */
  readonly jobId: string;
  readonly #engine: JobEngine;
  readonly #results: AsyncGenerator<Result<E, undefined>>;

  /**
   * @param engine The job.
   * @param clock Measures the waits.
   * @param wait Whether to wait for what can't be read yet.
   */
  constructor(engine: JobEngine, clock: Clock, wait: boolean) {
    this.jobId = engine.settings.id;
    this.#engine = engine;
    this.#results = drive(engine, clock, wait);
  }

  /** What was used and paid so far. */
  get usage(): UsageReport {
    return this.#engine.usage.report();
  }

  /**
   * @param options How it looks.
   * @returns The usage so far as a table.
   */
  usageTable(options?: TableOptions): string {
    return usageTable(this.usage, options);
  }

  /** @returns The next result. */
  next(): Promise<IteratorResult<Result<E, undefined>>> {
    return this.#results.next();
  }

  /**
   * Stops reading. The batches go on.
   *
   * @param value Handed back.
   * @returns The end of the stream.
   */
  return(value?: unknown): Promise<IteratorResult<Result<E, undefined>>> {
    return this.#results.return(value);
  }

  /** @returns Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @returns All results that were not read before, as a run. */
  async collect(): Promise<Run<E, undefined>> {
    const results: Result<E, undefined>[] = [];
    for await (const result of this) results.push(result);
    const batches = this.#engine.parts.flatMap(({ batch, tag }) =>
      batch ? [{ ...batch, part: tag.part, round: tag.round }] : []
    );
    return toRun({ jobId: this.jobId, results, batches, usage: this.usage });
  }
}

async function* drive<E extends Endpoint>(
  engine: JobEngine,
  clock: Clock,
  wait: boolean,
): AsyncGenerator<Result<E, undefined>> {
  const { id, signal } = engine.settings;
  const patience = new Patience(clock, signal);
  const watching = watch(engine, clock);
  try {
    watching.update();
    do {
      try {
        await engine.step();
        watching.update();
        yield* engine.results() as AsyncGenerator<Result<E, undefined>>;
        patience.reset();
      } catch (error) {
        await patience.wait(error);
        continue;
      }
      const pause = wait && !engine.isDelivered ? engine.status.wait : 0;
      if (pause > 0) await clock.sleep(pause, signal);
    } while (wait && !engine.isDelivered);
    watching.update();
  } catch (error) {
    throw withJob(error, id);
  } finally {
    watching.close();
    await engine.close();
  }
}
