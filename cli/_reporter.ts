/**
 * What a command says: text for people, or lines of JSON for programs.
 *
 * @module
 */

import type { Clock, JobStatus } from "../mod.ts";
import { openTerminal } from "../src/environment.ts";
import { Bars, describeWait, ticking } from "../src/progress/mod.ts";
import { printable, printableLine } from "../src/printable.ts";
import type { Io, Output } from "./io.ts";
import { stringify } from "./_json.ts";

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
  progress(clock: Clock): true | ((status: JobStatus) => void) {
    return this.#hasBars ? true : (status) => void this.show(status, clock);
  }

  /** Shows where a job stands, if that is news. Time that passes is none. */
  async show(status: JobStatus, clock: Clock): Promise<void> {
    const { reason, message } = status.waitingFor ?? {};
    const news = [describeCounts(status), reason, message].join();
    if (news === this.#last) return;
    this.#last = news;
    await this.tell(describe(status, clock.now()), {
      type: "status",
      ...status,
    });
  }

  /**
   * Shows a job that is only watched.
   *
   * @param statuses Where it stands, each time.
   * @param clock Measures the pace.
   * @returns The last one.
   */
  async watch(
    statuses: AsyncIterable<JobStatus>,
    clock: Clock,
  ): Promise<JobStatus> {
    const terminal = this.#hasBars ? openTerminal() : undefined;
    const bars = terminal && new Bars(terminal, () => clock.now());
    const iterator = statuses[Symbol.asyncIterator]();
    let last: JobStatus | undefined;
    const tick = () => bars?.tick(describeWait(last?.waitingFor, clock.now()));
    try {
      while (true) {
        const next = iterator.next();
        const { done, value } =
          await (bars ? ticking(next, clock, tick) : next);
        if (done) return last!;
        last = value;
        const { total, open } = value.requests;
        if (!bars) await this.show(value, clock);
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
    const said = this.#json ? stringify(line) : printable(text);
    await output.write(`${said}\n`);
  }
}

/**
 * @param status Where a job stands.
 * @param now Milliseconds since the epoch.
 * @returns The same in a line of text, with what is waited for.
 */
export function describe(status: JobStatus, now: number): string {
  const wait = describeWait(status.waitingFor, now);
  if (wait && status.requests.total === 0) return wait; // nothing is known yet
  return [describeCounts(status), ...(wait ? [wait] : [])].join(", ");
}

function describeCounts(status: JobStatus): string {
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
    ...(stopped ? [`stopped: ${printableLine(stopped.message)}`] : []),
  ].join(", ");
}
