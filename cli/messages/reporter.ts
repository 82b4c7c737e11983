/**
 * What a command says: text for people, or lines of JSON for programs.
 *
 * @module
 */

import type { Clock, JobStatus } from "../../mod.ts";
import { describeWait, fit } from "../../src/progress/mod.ts";
import { watch, type Watched } from "../../src/progress/watch.ts";
import { printable, printableLine } from "../../src/printable.ts";
import type { Io, Output } from "../io.ts";
import { stringify } from "../output/json.ts";
import { requestsOf } from "./figures.ts";
import { Screen } from "../terminal/screen.ts";
import { columnsOf, type Style, styleOf } from "../terminal/style.ts";
import { wrap } from "../terminal/wrap.ts";

/** A line of JSON; its type tells what it is. */
export interface Line {
  /** What it is. */
  type: string;
  /** What it tells. */
  [key: string]: unknown;
}

/** How much is said, and to whom. */
export interface Manner {
  /** Lines of JSON, to programs. */
  json: boolean;
  /** Only what was asked for, and errors. */
  quiet: boolean;
  /** No bars, and no lines instead of them. */
  noProgress: boolean;
}

/** Styles a text once it is safe to print. */
export type Paint = (text: string, style: Style) => string;

/** Three phases and a wait: drawing them again erases as many of the last lines. */
const MOST_BARS = 4;

/** A sentence, and not a table, or a command to copy. */
const SENTENCE = /^\S(?!.* {2})/;

/** Says things. What a command gives goes to stdout, all else to stderr. */
export class Reporter {
  readonly #io: Io;
  readonly #manner: Manner;
  #last = "";
  #screen: Screen | undefined;

  /**
   * @param io Where to say it.
   * @param manner How.
   */
  constructor(io: Io, manner: Manner) {
    this.#io = io;
    this.#manner = manner;
  }

  /** What a command was asked for. */
  async give(text: string, line: Line, paint?: Paint): Promise<void> {
    await this.#say(this.#io.stdout, text, line, paint);
  }

  /** What there is to know besides. If nothing listens, that is not a reason to stop. */
  async tell(text: string, line: Line): Promise<void> {
    if (this.#manner.quiet) return;
    await this.#say(this.#io.stderr, text, line).catch(() => {});
  }

  /** The same while bars may be on the screen: they are next drawn below it. */
  async tellAboveBars(text: string, line: Line): Promise<void> {
    const room = this.#hasBars ? "\n".repeat(MOST_BARS) : "";
    await this.tell(`\n${text}${room}`, line);
  }

  /** What a question is about: it is printed even with --quiet. */
  async ask(text: string): Promise<void> {
    await this.#say(this.#io.stderr, text, { type: "question" });
  }

  /** Why a command ended: always said. */
  async fail(text: string, line: Line): Promise<void> {
    const paint: Paint = (text, style) =>
      text.replace(/^error:/, (word) => style.red(word));
    await this.#say(this.#io.stderr, text, line, paint).catch(() => {});
  }

  /** For the option `progress`: bars on a terminal, otherwise a line at each change. */
  progress(clock: Clock): boolean | ((status: JobStatus) => void) {
    const { quiet, noProgress } = this.#manner;
    if (quiet || noProgress) return false;
    return this.#hasBars ? true : (status) => void this.show(status, clock);
  }

  /** Shows the state of a job, if it has changed. */
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

  /** The same, for what draws no bars: on a terminal one line takes the place of the other. */
  async showInPlace(status: JobStatus, clock: Clock): Promise<void> {
    const { quiet, noProgress } = this.#manner;
    if (quiet || noProgress) return;
    if (!this.#hasBars) return await this.show(status, clock);
    const { stderr } = this.#io;
    this.#screen ??= new Screen(stderr);
    // The end of the line may be cut off, and the wait is what matters.
    const wait = describeWait(status.waitingFor, clock.now());
    const counts = describeCounts(status);
    const line = wait === undefined ? counts : `${wait}. ${counts}`;
    await this.#screen.draw([fit(printable(line), stderr.columns ?? 80)]);
  }

  /**
   * Shows a job that is only watched.
   *
   * @param statuses Its states.
   * @param clock Measures the pace.
   * @returns The last one.
   */
  async watch(
    statuses: AsyncIterable<JobStatus>,
    clock: Clock,
  ): Promise<JobStatus> {
    let last: JobStatus | undefined;
    const totals: Watched["totals"] = { onProgress: undefined };
    const watching = watch({
      settings: { progress: this.progress(clock) },
      get status() {
        return last;
      },
      totals,
    }, clock);
    const iterator = statuses[Symbol.asyncIterator]();
    try {
      while (true) {
        const { done, value } = await watching.during(iterator.next());
        if (done) return last!;
        last = value;
        const { total, open } = value.requests;
        totals.onProgress?.({ phase: "Processing", done: total - open, total });
        watching.update();
      }
    } finally {
      watching.close();
    }
  }

  get #hasBars(): boolean {
    return this.#io.stderr.isTerminal && !this.#manner.json;
  }

  async #say(
    output: Output,
    text: string,
    line: Line,
    paint: Paint = (text) => text,
  ): Promise<void> {
    const said = this.#manner.json ? stringify(line) : paint(
      wrapSentences(printable(text), output),
      styleOf(output, this.#io),
    );
    await output.write(`${said}\n`);
  }
}

/** Breaks them between words, where a terminal would break a word. */
function wrapSentences(text: string, output: Output): string {
  const width = columnsOf(output);
  if (width === undefined) return text;
  return text.split("\n")
    .map((line) => SENTENCE.test(line) ? wrap(line, width - 1) : line)
    .join("\n");
}

/**
 * @param status The state of a job.
 * @param now Milliseconds since the epoch.
 * @returns The same as a line of text, with what it is waiting for.
 */
export function describe(status: JobStatus, now: number): string {
  const wait = describeWait(status.waitingFor, now);
  if (wait && status.requests.total === 0) return wait; // nothing is known yet
  return [describeCounts(status), ...(wait ? [wait] : [])].join(", ");
}

/**
 * @param status The state of a job.
 * @returns Its counts in a line of text.
 */
export function describeCounts(status: JobStatus): string {
  const { phase, stopped, requests, parts, activeBatches } = status;
  const { total, succeeded, failed, open } = requests;
  const isRead = phase === "Processing" || phase === "Done";
  const counts = isRead
    ? [
      `${phase}: ${succeeded} of ${requestsOf(total)} answered`,
      `${failed} failed`,
      `${open} open`,
    ]
    : [`${phase}: ${requestsOf(total)} read so far`];
  return [
    ...counts,
    ...(parts.total > 1 ? [`${parts.done} of ${parts.total} parts done`] : []),
    ...(parts.total > 0 ? [`active batches: ${activeBatches}`] : []),
    ...(stopped ? [`stopped: ${printableLine(stopped.message)}`] : []),
  ].join(", ");
}
