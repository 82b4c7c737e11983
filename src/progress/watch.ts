/**
 * Shows a job's progress: bars on a terminal, or every status to a function.
 *
 * @module
 */

import { asCode } from "../as_code.ts";
import { openTerminal } from "../environment.ts";
import type { Clock } from "../types/platform.ts";
import type { Trace } from "../types/trace.ts";
import { Bars, describeWait, type ProgressEvent, ticking } from "./mod.ts";
import type { JobStatus } from "./job_status.ts";

/** Watching and stopping. */
export interface WatchOptions {
  /** Ends every wait, which then rejects with the signal's reason. `atAbort` says what happens to the batches. */
  signal?: AbortSignal | undefined;
  /**
   * What happens to the batches after the signal, or a `break` out of the stream:
   * they keep running, or the job is cancelled for good.
   *
   * @default "leave"
   */
  atAbort?: "leave" | "cancel" | undefined;
  /**
   * true: bars on stderr if that is a terminal. false: none. A function gets every
   * status, the first one before the first upload, so that you know the job's name.
   *
   * @default true
   */
  progress?: boolean | ((status: JobStatus) => void) | undefined;
  /**
   * Gets each thing that happens, for logs and tracing: uploads, creates, looks,
   * downloads, waits, retries, results, direct calls. Never a key, a prompt or an
   * answer. If it throws, that is ignored. The client has the same option, for all
   * its jobs and calls.
   *
   * @default none, and nothing is computed
   */
  trace?: Trace | undefined;
}

/**
 * @param progress How progress is shown.
 * @throws {TypeError} If it is neither a boolean nor a function.
 */
export function checkProgress(progress: unknown): void {
  if (typeof progress === "boolean" || typeof progress === "function") return;
  throw new TypeError(
    `The option progress must be true, false or a function: it is ${
      asCode(progress)
    }`,
  );
}

/** A watcher. */
export interface Watch {
  /** Something may have changed. */
  update(): void;
  /**
   * Shows that time passes while `work` is pending.
   */
  during<T>(work: Promise<T>): Promise<T>;
  /** Ends the display. */
  close(): void;
}

/** What can be watched: a job, or direct calls. */
export interface Watched {
  /** The option. */
  settings: {
    progress: NonNullable<WatchOptions["progress"]>;
    trace?: Trace | undefined;
  };
  /** Where it stands; undefined until that is known. */
  readonly status: JobStatus | undefined;
  /** Its numbers. */
  totals: { onProgress: ((event: ProgressEvent) => void) | undefined };
}

/** Starts watching, as the options `progress` and `trace` say. */
export function watch(watched: Watched, clock: Clock): Watch {
  const watching = show(watched, clock);
  const { trace } = watched.settings;
  if (!trace) return watching;
  let last = "";
  const update = () => {
    watching.update();
    const { id, waitingFor } = watched.status ?? {};
    const { reason = "", until } = waitingFor ?? {};
    if (reason === last) return;
    last = reason;
    if (!reason) return;
    const base = { at: clock.now(), job: id || undefined, reason };
    trace({ type: "wait", ...base, until: until && +until });
  };
  return { ...watching, update };
}

function show(watched: Watched, clock: Clock): Watch {
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
