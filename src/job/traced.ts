/**
 * Results that `trace` hears of as they are handed out.
 *
 * @module
 */

import type { AnyResult } from "../results/result.ts";
import { resultsEvents } from "../trace.ts";
import type { Clock } from "../types/platform.ts";
import type { JobEngine } from "./engine.ts";

/** Blocks of results as they are; if something listens, each is reported. */
export async function* traced(
  blocks: AsyncIterable<AnyResult[]>,
  engine: JobEngine,
  clock: Clock,
): AsyncGenerator<AnyResult[]> {
  const { id: job, trace } = engine.settings;
  if (!trace) return yield* blocks;
  const partOf = (id: string) => engine.parts.batches.get(id)?.part.part;
  for await (const block of blocks) {
    resultsEvents(block, { at: clock.now(), job }, partOf).forEach(trace);
    yield block;
  }
}
