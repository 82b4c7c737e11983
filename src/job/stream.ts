/**
 * The loop over the step: results as they arrive.
 *
 * @module
 */

import { withJob } from "../errors.ts";
import { watch } from "../progress/watch.ts";
import type { Result } from "../results/result.ts";
import type { JobBatch, ResultStream } from "../results/run.ts";
import { BlockStream } from "../results/stream.ts";
import type { Batch } from "../types/batch.ts";
import type { Endpoint } from "../types/endpoints.ts";
import type { Clock } from "../types/platform.ts";
import type { JobEngine } from "./engine.ts";
import { byAge, voidReason } from "./state/batch.ts";
import type { Part } from "./state/part.ts";
import type { Parts } from "./state/parts.ts";
import { traced } from "./traced.ts";

/** How a stream ends. */
export interface StreamOptions {
  /** Whether it waits for what can't be read yet. @default true */
  wait?: boolean;
  /** Whether it closes the input: nothing else can send the rest. @default false */
  closes?: boolean;
}

/**
 * Drives a job until every result has been handed out.
 *
 * @returns The results. Reading them drives the job.
 */
export function streamJob<
  E extends Endpoint,
  T,
  I extends number | undefined = number | undefined,
>(
  engine: JobEngine,
  clock: Clock,
  options: StreamOptions,
): ResultStream<E, T, I> {
  return new BlockStream<E, T, I>({
    jobId: engine.settings.id,
    blocks: drive(engine, clock, options),
    usage: () => engine.reader.usage.report(),
    batches: () => batchesOf(engine.parts, (batch) => !voidReason(batch)),
    refused: () => batchesOf(engine.parts, (batch) => !!voidReason(batch)),
  });
}

function batchesOf(
  { batches }: Parts,
  choose: (batch: Batch) => boolean,
): JobBatch[] {
  const firstOf = ({ slice }: Part) => slice?.first ?? 0;
  return [...batches.values()].filter(({ batch }) => choose(batch))
    .sort((a, b) =>
      a.part.part - b.part.part || firstOf(a.part) - firstOf(b.part) ||
      a.number - b.number || byAge(a.batch, b.batch)
    )
    .map(({ batch, part: { part }, number }) => ({
      ...batch,
      part,
      round: number,
    }));
}

async function* drive<E extends Endpoint, T, I extends number | undefined>(
  engine: JobEngine,
  clock: Clock,
  { wait = true, closes = false }: StreamOptions,
): AsyncGenerator<Result<E, T, I>[]> {
  const { id, signal, atAbort } = engine.settings;
  const watching = watch(engine, clock);
  const retries = engine.retryLoop(signal, () => watching.update());
  let isDelivered = false;
  let isOver = false;
  const delivery = engine.deliveries.start();
  engine.startLoop();
  try {
    watching.update();
    do {
      retries.begin();
      try {
        await watching.during(engine.step());
        watching.update();
        const results = engine.deliveries.results(delivery);
        yield* traced(results, engine, clock) as AsyncGenerator<
          Result<E, T, I>[]
        >;
        engine.totals.reportProcessing();
        retries.reset();
      } catch (error) {
        await watching.during(retries.wait(error));
        continue;
      }
      isDelivered = engine.deliveries.isComplete(delivery);
      const pause = wait && !isDelivered ? engine.pause : 0;
      // Only reading shows that answers come late.
      if (pause > 0 && engine.reader.wait) watching.update();
      if (pause > 0) await watching.during(clock.sleep(pause, signal));
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
