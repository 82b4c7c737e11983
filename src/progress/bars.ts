/**
 * Progress bars on a terminal: one line per phase, redrawn in place.
 *
 * @module
 */

import { formatLine } from "./_line.ts";

/** How far a phase is. */
export interface ProgressEvent {
  /** Which one. Parts are prepared and sent one after another, so all three may move at once. */
  phase: "Preparing" | "Sending" | "Processing";
  /** Requests that are done. */
  done: number;
  /** Requests there are; undefined while the input is still being read. */
  total: number | undefined;
}

/** A terminal that understands ANSI codes. */
export interface Terminal {
  /**
   * Prints text as it is.
   *
   * @param text Text, with control codes.
   */
  write(text: string): void;
  /** Its width now, 1 or more. */
  readonly columns: number;
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
 * Draws the phases that have begun, one below the other: at most every 100 ms,
 * and whenever one of them is complete. A phase begins with its first event;
 * what is done by then does not count for its pace.
 */
export class Bars {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #phases: Map<string, Phase> = new Map();
  #drawnLines = 0;
  #drawnAt = -Infinity;
  #closed = false;

  /**
   * Creates bars that have drawn nothing yet.
   *
   * @param terminal Where to draw.
   * @param now Gives the time in milliseconds.
   */
  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
  }

  /**
   * Takes in how far a phase is, and draws if it is time to.
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
    if (last || now - this.#drawnAt >= INTERVAL) this.#draw(now);
  }

  /** Draws where everything stands, and leaves the cursor on a fresh line. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#phases.size === 0) return;
    this.#draw(this.#now());
    this.#terminal.write("\n");
  }

  /** Clears each line before it is printed: after a full line, clearing takes its last character. */
  #draw(now: number): void {
    const { columns } = this.#terminal;
    const lines = PHASES.flatMap((name) => {
      const phase = this.#phases.get(name);
      if (phase === undefined) return [];
      const elapsed = (phase.endedAt ?? now) - phase.startedAt;
      return `\r\x1b[K${formatLine({ ...phase, elapsed }, columns)}`;
    });
    const up = this.#drawnLines > 1 ? `\x1b[${this.#drawnLines - 1}A` : "";
    this.#terminal.write(up + lines.join("\n"));
    this.#drawnLines = lines.length;
    this.#drawnAt = now;
  }
}
