/**
 * Reads the answers of a job: to hand them out, or only to know what they
 * leave open.
 *
 * @module
 */

import { JobExpiredError } from "../../errors.ts";
import { UsageCounter } from "../../pricing/mod.ts";
import type { AnyResult } from "../../results/result.ts";
import { DirectRest } from "./direct_rest.ts";
import type { InputLines } from "./input_lines.ts";
import type { RemoteView } from "../look/remote_view.ts";
import type { JobContext } from "../context.ts";
import { PartAnswers } from "./part_answers.ts";
import { hasEnded } from "../state/batch.ts";
import type { Part } from "../state/part.ts";
import type { ReadContext } from "./context.ts";
import type { StopReason } from "../look/stop_reason.ts";
import { foremost, type Wait } from "../state/waits.ts";

/** Reads one job. */
export class Reader {
  /** What the answers used and cost that were read since the last start of a delivery. */
  usage: UsageCounter;
  /** What comes late of the answers, if something does. */
  wait: Wait | undefined;
  readonly #context: JobContext;
  readonly #view: RemoteView;
  readonly #inputLines: InputLines;
  readonly #stopReason: StopReason;
  readonly #rest: DirectRest;

  constructor(
    context: JobContext,
    view: RemoteView,
    inputLines: InputLines,
    stopReason: StopReason,
  ) {
    this.#context = context;
    this.#view = view;
    this.#inputLines = inputLines;
    this.#stopReason = stopReason;
    this.#rest = new DirectRest(context, inputLines);
    this.usage = new UsageCounter(context.services.prices);
  }

  /** Forgets what was used so far. */
  startUsage(): void {
    this.usage = new UsageCounter(this.#context.services.prices);
  }

  /** Whether nothing of a part has ended yet, so that there is nothing to read: most of a thousand parts wait. */
  isIdle({ givenUp, nextRound, rounds }: Part): boolean {
    const [round, ...more] = rounds;
    const isStopped = givenUp ?? this.#stopReason.stopped;
    return !isStopped && nextRound === 0 && more.length === 0 &&
      !round?.batches.some(hasEnded);
  }

  /**
   * Reads what can be read of one part now, and asks its rest directly where
   * that is wanted and due.
   *
   * @returns Results that this reading did not give before, block by block.
   * @throws {ConnectionError} If a download broke off; it may be called again.
   * @throws {JobExpiredError} If a file is gone; the part says so then.
   */
  async *read(
    part: Part,
    reading: PartAnswers,
  ): AsyncGenerator<AnyResult[]> {
    try {
      yield* this.#read(part, reading);
    } catch (error) {
      if (error instanceof JobExpiredError) part.gone = error;
      throw error;
    }
  }

  /**
   * Finds out whether a part is through, without handing out its results.
   *
   * @param part The part; what is gone of it, it says.
   */
  async settle(part: Part): Promise<void> {
    const { settings } = this.#context;
    if (part.settled || part.isHandedOut || part.gone) return;
    // What came before is read when the last round has ended too.
    if (part.current?.active.length && !part.hasLateFiles) return;
    if (!settings.answers.retry && part.isAnswered) {
      part.settled = { succeeded: part.lines, failed: 0 };
      return;
    }
    const read = answersOf(part).read(part, this.#contextOf(part));
    try {
      while (!(await read.next()).done);
    } catch (error) {
      if (!(error instanceof JobExpiredError)) throw error;
      part.gone = error;
    }
    if (part.reading.done) part.settled = part.reading.counts;
  }

  async *#read(
    part: Part,
    reading: PartAnswers,
  ): AsyncGenerator<AnyResult[]> {
    const context = this.#contextOf(part);
    const isDirect = this.#stopReason.isDirect && !part.givenUp;
    if (!isDirect) return yield* reading.read(part, context);
    yield* reading.read(part, { ...context, stopped: undefined });
    if (reading.done || !this.#rest.isDue) return;
    yield* reading.askRest(
      part,
      context,
      (rest) => this.#rest.ask(part, rest, context.onAnswer),
    );
  }

  #contextOf(part: Part): ReadContext {
    const { services, settings, own } = this.#context;
    const stopReason = this.#stopReason;
    const { files, clock } = services;
    const { answers, signal } = settings;
    return {
      files,
      now: clock.now(),
      signal,
      answers,
      stopped: part.givenUp ?? (part.isQuiet ? stopReason.error : undefined),
      onAnswer: (result) => this.usage.addResult(result, part.model),
      onQuota: (error, batch) => stopReason.noteQuota(error, batch, own.stays),
      lookAt: (until, batches) => {
        this.wait = foremost(this.wait, { reason: "settling", until });
        this.#view.lookAt(until, batches);
      },
      confirm: (batches) => this.#view.confirm(batches),
      loadIds: () => this.#inputLines.idsOf(part),
    };
  }
}

/** @returns What was read of its answers: from now on that is what it knows of itself. */
export function answersOf(part: Part): PartAnswers {
  if (part.reading instanceof PartAnswers) return part.reading;
  const answers = new PartAnswers();
  part.reading = answers;
  return answers;
}
