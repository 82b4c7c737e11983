/**
 * The results of one part, after its last round.
 *
 * @module
 */

import { BlockIterator } from "../results/block_iterator.ts";
import type { AnyResult, Result } from "../results/result.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import type { Clock, MaybePromise } from "../types/platform.ts";
import type { JobEngine } from "./engine.ts";
import { PartAnswers } from "./read/part_answers.ts";
import { keyOf, type Part } from "./state/part.ts";
import { traced } from "./traced.ts";

/**
 * A finished part: the unit for a checkpoint of your own.
 *
 * @typeParam E The endpoint.
 * @typeParam T The type of `parsed`.
 */
export interface PartResults<E extends Endpoint = Chat, T = unknown> {
  /** The same in every process: job, number and digest. */
  key: string;
  /** Its number: 0, 1, … */
  part: number;
  /** How many requests it has. */
  requests: number;
  /**
   * Downloads its results. If its batch counted a line that is in no file, it waits
   * for the round in which that request is sent again.
   */
  results(): AsyncIterable<Result<E, T>>;
}

/**
 * Gives the parts that are through and were not given before.
 *
 * @param given Keys that were given; kept up to date.
 */
export async function* readParts<E extends Endpoint, T>(
  engine: JobEngine,
  clock: Clock,
  given: Set<string>,
  skip: (part: { key: string; part: number }) => MaybePromise<boolean>,
): AsyncGenerator<PartResults<E, T>> {
  for (const state of engine.parts.leaves) {
    const key = keyOf(engine.settings.id, state);
    if (!state.settled || given.has(key)) continue;
    given.add(key);
    const { part } = state;
    if (await skip({ key, part })) continue;
    yield {
      key,
      part,
      requests: state.lines,
      results: () =>
        new BlockIterator<Result<E, T>>(readAgain(engine, clock, state)),
    };
  }
}

async function* readAgain(
  engine: JobEngine,
  clock: Clock,
  part: Part,
): AsyncGenerator<AnyResult[]> {
  const { signal } = engine.settings;
  const retries = engine.retryLoop(signal);
  const reading = new PartAnswers();
  try {
    while (true) {
      retries.begin();
      try {
        yield* traced(engine.reader.read(part, reading), engine, clock);
        if (reading.done) return;
        part.isHandedOut = true;
        part.reading = reading;
        part.settled = undefined;
        engine.startLoop();
        await engine.step();
        engine.stopReason.check();
        retries.reset();
      } catch (error) {
        await retries.wait(error);
        continue;
      }
      await clock.sleep(engine.status.wait, signal);
    }
  } finally {
    part.isHandedOut = false;
  }
}
