/**
 * Shows how a job gets on: bars on a terminal, or every status to a function.
 *
 * @module
 */

import { openTerminal } from "../environment.ts";
import { Bars, type ProgressEvent } from "../progress/mod.ts";
import type { Clock } from "../types/platform.ts";
import type { WatchOptions } from "./options.ts";
import type { JobStatus } from "./status.ts";

/** Somebody who watches. */
export interface Watch {
  /** There may be news. */
  update(): void;
  /** There will be none. */
  close(): void;
}

/** What can be watched: a job, or direct calls. */
export interface Watched {
  /** Who watches. */
  settings: { progress: NonNullable<WatchOptions["progress"]> };
  /** Where it stands. */
  readonly status: JobStatus;
  /** Its numbers. */
  tally: { onProgress: (event: ProgressEvent) => void };
}

/**
 * Starts to watch, as the option `progress` says.
 *
 * @param watched What to watch.
 * @param clock Measures the pace.
 * @returns Who watches.
 */
export function watch(watched: Watched, clock: Clock): Watch {
  const { progress } = watched.settings;
  if (typeof progress === "function") {
    return { update: () => progress(watched.status), close: () => {} };
  }
  const terminal = progress ? openTerminal() : undefined;
  if (!terminal) return { update: () => {}, close: () => {} };
  const bars = new Bars(terminal, () => clock.now());
  watched.tally.onProgress = (event) => bars.update(event);
  return { update: () => {}, close: () => bars.close() };
}
