/**
 * Reads one job, and answers the calls waiting for it.
 *
 * @module
 */

import type { Job } from "../job/job.ts";
import type { Clock } from "../types/platform.ts";
import { type Answer, answerOf, answerOfError, refuse } from "./answers.ts";
import type { Caller } from "./caller.ts";

// deno-lint-ignore no-explicit-any
type AnyJob = Job<any, any>;

/** Shortest time between two looks, ms. */
const SHORTEST_WAIT = 1_000;

/** One job, and the calls waiting for it. */
export class Reading {
  /** Resolves when nothing more will come. */
  readonly ended: Promise<void>;
  /** Answers no call has asked for yet, and errors. */
  readonly #answers = new Map<string, Answer>();
  readonly #callers = new Map<string, Caller[]>();
  readonly #clock: Clock;
  readonly #looksOnce: boolean;
  /** The answer for all calls whose own didn't come. */
  #rest: Answer | undefined;
  /** Until when that holds, ms; Infinity for a job that was read to its end. */
  #validUntil = Infinity;

  /**
   * @param opened The job, as soon as it is sent or found.
   * @param clock Tells the time.
   * @param looksOnce Whether it takes one look, without waiting for the job to end.
   * @param onFirst Called when the first answer is there, before it is handed out.
   */
  constructor(
    opened: Promise<AnyJob>,
    clock: Clock,
    looksOnce: boolean,
    onFirst: (() => Promise<void>) | undefined,
  ) {
    this.#clock = clock;
    this.#looksOnce = looksOnce;
    this.ended = this.#read(opened, onFirst);
  }

  /** Whether it is worth reading the job again. */
  get isStale(): boolean {
    return this.#clock.now() >= this.#validUntil;
  }

  /** Answers equal calls now or when their answer is there. */
  wait(id: string, callers: Caller[]): void {
    const answer = this.#answers.get(id) ?? this.#rest;
    if (answer) {
      // A success uses its number up: no call asks for it again.
      if (answer.status === 200) this.#answers.delete(id);
      for (const caller of callers) caller.answer(answer);
      return;
    }
    const known = this.#callers.get(id);
    if (known) known.push(...callers);
    else this.#callers.set(id, callers);
  }

  async #read(
    opened: Promise<AnyJob>,
    onFirst: (() => Promise<void>) | undefined,
  ): Promise<void> {
    const looksOnce = this.#looksOnce;
    try {
      const job = await opened;
      const wait = looksOnce ? (await job.step()).wait : Infinity;
      for await (const result of job.results({ wait: !looksOnce })) {
        if (onFirst) await onFirst();
        onFirst = undefined;
        this.#take(result.id, answerOf(result));
      }
      const pause = Math.max(wait, SHORTEST_WAIT);
      const rest = looksOnce ? pending(pause) : LEFT_OUT;
      this.#end(rest, this.#clock.now() + pause);
    } catch (error) {
      this.#end(answerOfError(error), -Infinity);
    }
  }

  #take(id: string, answer: Answer): void {
    const callers = this.#callers.get(id) ?? [];
    this.#callers.delete(id);
    const isAwaited = callers.some(({ isOver }) => !isOver);
    if (!isAwaited || answer.status !== 200) this.#answers.set(id, answer);
    for (const caller of callers) caller.answer(answer);
  }

  #end(rest: Answer, validUntil: number): void {
    this.#rest = rest;
    this.#validUntil = validUntil;
    const callers = [...this.#callers.values()].flat();
    for (const caller of callers) caller.answer(rest);
    this.#callers.clear();
  }
}

/**
 * The response to a call whose answer isn't there yet.
 *
 * @param wait Ms until it is worth asking again.
 */
export function pending(wait: number): Answer {
  const answer = refuse({
    message: "There is no answer yet: run it again later",
    code: "pending",
  });
  answer.headers["retry-after"] = `${Math.ceil(wait / 1_000)}`;
  return answer;
}

const LEFT_OUT: Answer = refuse({
  message: "The job ended without this answer",
  code: "missing",
});
