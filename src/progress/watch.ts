/**
 * Shows how a job gets on: bars on a terminal, or every status to a function.
 *
 * @module
 */

import { openTerminal } from "../environment.ts";
import type { Clock } from "../types/platform.ts";
import { Bars, describeWait, type ProgressEvent, ticking } from "./mod.ts";
import type { JobStatus } from "./status.ts";

/** The process: watching and stopping. */
export interface WatchOptions {
  /** Ends the waiting: whoever waits gets the signal's reason as an error. What that does to the batches says `atAbort`. */
  signal?: AbortSignal | undefined;
  /**
   * What a signal, or a `break` out of the stream, does to the batches: they
   * go on, or the job is cancelled for good.
   *
   * @default "leave"
   */
  atAbort?: "leave" | "cancel" | undefined;
  /**
   * true: bars on stderr where that is a terminal; false: none; a function
   * gets every status, the first one before the first upload, so that it knows
   * the job's id.
   *
   * @default true
   */
  progress?: boolean | ((status: JobStatus) => void) | undefined;
}

/** Somebody who watches. */
export interface Watch {
  /** There may be news. */
  update(): void;
  /**
   * Shows that time passes while something is waited for.
   *
   * @param work What is waited for.
   * @returns What it gives.
   */
  during<T>(work: Promise<T>): Promise<T>;
  /** There will be none. */
  close(): void;
}

/** What can be watched: a job, or direct calls. */
export interface Watched {
  /** Who watches. */
  settings: { progress: NonNullable<WatchOptions["progress"]> };
  /** Where it stands; undefined until that is known. */
  readonly status: JobStatus | undefined;
  /** Its numbers. */
  totals: { onProgress: ((event: ProgressEvent) => void) | undefined };
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
    const update = () => void (watched.status && progress(watched.status));
    return { ...UNSEEN, update };
  }
  const terminal = progress ? openTerminal() : undefined;
  if (!terminal) return UNSEEN;
  const bars = new Bars(terminal, () => clock.now());
  watched.totals.onProgress = (event) => bars.update(event);
  const tick = () => {
    if (!bars.isDue) return; // a status costs more than a look at the clock
    bars.tick(describeWait(watched.status?.waitingFor, clock.now()));
  };
  return {
    update: tick,
    during: (work) => ticking(work, clock, tick),
    close: () => bars.close(),
  };
}

const UNSEEN: Watch = {
  update: () => {},
  during: (work) => work,
  close: () => {},
};
