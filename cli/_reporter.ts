/**
 * What a command says: text for people, or lines of JSON for programs.
 *
 * @module
 */

import type { JobStatus } from "../mod.ts";
import { openTerminal } from "../src/environment.ts";
import { Bars } from "../src/progress/mod.ts";
import type { Io, Output } from "./io.ts";

/** A line of JSON; its type tells what it is. */
export interface Line {
  /** What it is. */
  type: string;
  /** What it tells. */
  [key: string]: unknown;
}

/** Says things. What a command gives goes to stdout, all else to stderr. */
export class Reporter {
  readonly #io: Io;
  readonly #json: boolean;
  #last = "";

  /**
   * @param io Where to say it.
   * @param json Whether to programs.
   */
  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  /** What a command was asked for. */
  async give(text: string, line: Line): Promise<void> {
    await this.#say(this.#io.stdout, text, line);
  }

  /** What there is to know besides. That nobody listens is no reason to stop. */
  async tell(text: string, line: Line): Promise<void> {
    await this.#say(this.#io.stderr, text, line).catch(() => {});
  }

  /** For the option `progress`: bars where somebody watches, else a line at each change. */
  get progress(): true | ((status: JobStatus) => void) {
    return this.#hasBars ? true : (status) => void this.show(status);
  }

  /** Shows where a job stands, if that is news. */
  async show(status: JobStatus): Promise<void> {
    const text = describe(status);
    if (text === this.#last) return;
    this.#last = text;
    await this.tell(text, { type: "status", ...status });
  }

  /** Shows a job that is only watched. */
  async watch(statuses: AsyncIterable<JobStatus>): Promise<void> {
    const terminal = this.#hasBars ? openTerminal() : undefined;
    const bars = terminal && new Bars(terminal, () => Date.now());
    try {
      for await (const status of statuses) {
        const { total, open } = status.requests;
        if (!bars) await this.show(status);
        bars?.update({ phase: "Processing", done: total - open, total });
      }
    } finally {
      bars?.close();
    }
  }

  get #hasBars(): boolean {
    return this.#io.stderr.isTerminal && !this.#json;
  }

  async #say(output: Output, text: string, line: Line): Promise<void> {
    await output.write(`${this.#json ? JSON.stringify(line) : text}\n`);
  }
}

/**
 * @param status Where a job stands.
 * @returns The same in a line of text.
 */
export function describe(status: JobStatus): string {
  const { phase, stopped, requests, parts, activeBatches } = status;
  const { total, succeeded, failed, open } = requests;
  const isRead = phase === "Processing" || phase === "Done";
  return [
    `${phase}: ${succeeded} of ${total} requests${
      isRead ? "" : " read so far"
    } answered`,
    `${failed} failed`,
    `${open} open`,
    ...(parts.total > 0
      ? [
        `${parts.done} of ${parts.total} parts done`,
        `active batches: ${activeBatches}`,
      ]
      : []),
    ...(stopped ? [`stopped: ${stopped.message}`] : []),
  ].join(", ");
}
