/**
 * Progress bars on a terminal: one line per phase, redrawn in place.
 *
 * @module
 */

import type { Terminal } from "../types/platform.ts";
import { formatLine } from "./_line.ts";
import { fit } from "./fit.ts";

/** A phase's progress. */
export interface ProgressEvent {
  /** Which phase. Parts are prepared and sent one after another, so all three may move at the same time. */
  phase: "Preparing" | "Sending" | "Processing";
  /** Requests that are done. */
  done: number;
  /** Requests there are; undefined while the input is still being read. */
  total: number | undefined;
}

interface Phase extends ProgressEvent {
  startedAt: number;
  /** When its last request was done. */
  endedAt: number | undefined;
  /** Requests that were done when it began. */
  initial: number;
}

const PHASES = ["Preparing", "Sending", "Processing"] as const;

/** Milliseconds between two drawings. */
const INTERVAL = 100;

/**
 * Draws the phases that have begun, one below the other, and below them what the job
 * is waiting for: at most every 100 ms, and whenever a phase is complete. A phase
 * begins with its first event; requests done by then don't count towards its pace. It
 * is drawn as soon as it has a number to show.
 */
export class Bars {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #phases: Map<string, Phase> = new Map();
  #wait: string | undefined;
  #drawnLines = 0;
  #drawnAt = -Infinity;
  #closed = false;

  /** Creates bars that have drawn nothing yet. */
  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
  }

  /**
   * Records a phase's progress, and draws if it is time to.
   *
   * @param event The phase and its requests. After `close` it is ignored.
   */
  update(event: ProgressEvent): void {
    if (this.#closed) return;
    const now = this.#now();
    const before = this.#phases.get(event.phase);
    const complete = event.done === event.total;
    this.#phases.set(event.phase, {
      ...event,
      startedAt: before?.startedAt ?? now,
      endedAt: complete ? before?.endedAt ?? now : undefined,
      initial: before?.initial ?? event.done,
    });
    const last = complete && before?.endedAt === undefined;
    if (last || this.#isDue(now)) this.#draw(now);
  }

  /** Whether it is time to draw again. */
  get isDue(): boolean {
    return this.#isDue(this.#now());
  }

  /**
   * Shows that time has passed, and what the job is waiting for.
   *
   * @param wait One line; undefined if nothing is holding up the job.
   */
  tick(wait: string | undefined): void {
    if (this.#closed) return;
    this.#wait = wait;
    this.#draw(this.#now());
  }

  /** Draws the final state, and leaves the cursor on a new line. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wait = undefined;
    this.#draw(this.#now());
    if (this.#drawnLines > 0) this.#terminal.write("\n");
  }

  #isDue(now: number): boolean {
    return now - this.#drawnAt >= INTERVAL;
  }

  /** Clears before it prints: after a full line, clearing takes its last character. */
  #draw(now: number): void {
    const { columns } = this.#terminal;
    const lines = PHASES.flatMap((name) => {
      const phase = this.#phases.get(name);
      if (!phase || (!phase.total && phase.done === 0)) return [];
      const elapsed = (phase.endedAt ?? now) - phase.startedAt;
      return formatLine({ ...phase, elapsed }, columns);
    });
    if (this.#wait) lines.push(fit(this.#wait, columns));
    if (lines.length === 0 && this.#drawnLines === 0) return;
    const up = this.#drawnLines > 1 ? `\x1b[${this.#drawnLines - 1}A` : "";
    this.#terminal.write(`${up}\r\x1b[J${lines.join("\n")}`);
    this.#drawnLines = lines.length;
    this.#drawnAt = now;
  }
}
