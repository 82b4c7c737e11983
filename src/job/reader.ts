/**
 * Reads the answers of a job: to hand them out, or only to know what they
 * leave open.
 *
 * @module
 */

import { JobExpiredError } from "../errors.ts";
import { UsageCounter } from "../pricing/mod.ts";
import type { AnyResult } from "../results/result.ts";
import { DirectRest } from "./direct_rest.ts";
import type { FollowUps } from "./follow_ups.ts";
import type { Lookout } from "./lookout.ts";
import type { JobSettings } from "./options.ts";
import type { PartReading } from "./part_reading.ts";
import type { PartState } from "./part_state.ts";
import type { Parts } from "./parts.ts";
import type { ReadContext } from "./read_context.ts";
import type { Standstill } from "./standstill.ts";
import type { Submission } from "./submission.ts";
import type { Surroundings } from "./surroundings.ts";
import { foremost, type Wait } from "./waits.ts";

/** What reading a job works with. */
export interface ReaderContext {
  /** The client's. */
  around: Surroundings;
  /** The job's options. */
  settings: JobSettings;
  /** What is known of its parts. */
  parts: Parts;
  /** What was seen. */
  lookout: Lookout;
  /** Where the lines are. */
  followUps: FollowUps;
  /** What holds the job up. */
  standstill: Standstill;
  /** Whether this process stays. */
  submission: Submission;
}

/** Reads one job. */
export class Reader {
  /** What the answers used and cost that were read since the last start of a delivery. */
  usage: UsageCounter;
  /** What comes late of the answers, if something does. */
  wait: Wait | undefined;
  readonly #context: ReaderContext;
  readonly #rest: DirectRest;

  /** @param context What it works with. */
  constructor(context: ReaderContext) {
    this.#context = context;
    this.#rest = new DirectRest(context);
    this.usage = new UsageCounter(context.around.prices);
  }

  /** Forgets what was used so far. */
  startUsage(): void {
    this.usage = new UsageCounter(this.#context.around.prices);
  }

  /**
   * Reads what can be read of one part now, and asks its rest directly where
   * that is wanted and due.
   *
   * @param part The part.
   * @param reading How far it was read.
   * @returns Results that this reading did not give before, block by block.
   * @throws {ConnectionError} If a download broke off; it may be called again.
   * @throws {JobExpiredError} If a file is gone; the part says so then.
   */
  async *read(
    part: PartState,
    reading: PartReading,
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
  async settle(part: PartState): Promise<void> {
    const { settings } = this.#context;
    if (part.isSplit || part.settled || part.isHandedOut || part.gone) return;
    // What came before is read when the last round has ended too.
    if (part.current?.active.length && !part.hasLateFiles) return;
    if (!settings.answers.retry && part.isAnswered) {
      part.settled = { succeeded: part.lines, failed: 0 };
      return;
    }
    const read = part.reading.read(part, this.#contextOf(part));
    try {
      while (!(await read.next()).done);
    } catch (error) {
      if (!(error instanceof JobExpiredError)) throw error;
      part.gone = error;
    }
    if (part.reading.done) part.settled = part.reading.counts;
  }

  async *#read(
    part: PartState,
    reading: PartReading,
  ): AsyncGenerator<AnyResult[]> {
    const context = this.#contextOf(part);
    const isDirect = this.#context.standstill.isDirect && !part.given;
    if (!isDirect) return yield* reading.read(part, context);
    yield* reading.read(part, { ...context, stopped: undefined });
    if (reading.done || !this.#rest.isDue) return;
    yield* reading.askRest(
      part,
      context,
      (rest) => this.#rest.ask(part, rest, context.onAnswer),
    );
  }

  #contextOf(part: PartState): ReadContext {
    const { around, settings, lookout, standstill, submission, followUps } =
      this.#context;
    const { files, serverClock } = around;
    const { answers, signal } = settings;
    return {
      files,
      now: serverClock.now(),
      signal,
      answers,
      stopped: part.given ?? (part.isQuiet ? standstill.error : undefined),
      onAnswer: (result) => this.usage.addResult(result, part.model),
      onQuota: (error, batch) =>
        standstill.noteQuota(error, batch, submission.loops),
      lookAt: (time, batches) => {
        const until = serverClock.toLocal(time);
        this.wait = foremost(this.wait, { reason: "settling", until });
        lookout.lookAt(until, batches);
      },
      confirm: (batches) => lookout.confirm(batches),
      loadIds: () => followUps.idsOf(part),
    };
  }
}
