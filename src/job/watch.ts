/**
 * Shows how a job gets on: bars on a terminal, or every status to a function.
 *
 * @module
 */

import { openTerminal } from "../environment.ts";
import { Bars } from "../progress/mod.ts";
import type { Clock } from "../types/platform.ts";
import type { JobEngine } from "./engine.ts";

/** Somebody who watches. */
export interface Watch {
  /** There may be news. */
  update(): void;
  /** There will be none. */
  close(): void;
}

/**
 * Starts to watch a job, as its option `progress` says.
 *
 * @param engine The job.
 * @param clock Measures the pace.
 * @returns Who watches.
 */
export function watch(engine: JobEngine, clock: Clock): Watch {
  const { progress } = engine.settings;
  if (typeof progress === "function") {
    return { update: () => progress(engine.status), close: () => {} };
  }
  const terminal = progress ? openTerminal() : undefined;
  if (!terminal) return { update: () => {}, close: () => {} };
  const bars = new Bars(terminal, () => clock.now());
  engine.tally.onProgress = (event) => bars.update(event);
  return { update: () => {}, close: () => bars.close() };
}
