/**
 * The requests of one batch, answered one after the other.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import {
  addUsage,
  isAnswered,
  neverRan,
  noUsage,
  type Outcome,
  outcomeOf,
} from "./_answers.ts";
import { recordOf } from "./_json.ts";
import type { AskedLines, Books } from "./_ledger.ts";
import { type Lines, LineWriter } from "./_lines.ts";
import type { Random } from "./_random.ts";
import type { Schedule } from "./_schedule.ts";
import type { Respond } from "./types.ts";

/** Of the answers of a batch that loses some, besides the first. */
const SHARE_LOST = 0.1;

/** What a run needs of its simulator. */
export interface RunContext {
  books: Books;
  respond: Respond;
  random: Random;
  /** Whether some answers get lost. */
  losesLines: boolean;
}

/** A batch between `in_progress` and its end. */
export class BatchRun {
  readonly output: LineWriter = new LineWriter();
  readonly errors: LineWriter = new LineWriter();
  readonly usage: Usage = noUsage();
  completed = 0;
  failed = 0;
  readonly #asked: AskedLines;
  readonly #times: Float64Array;
  readonly #context: RunContext;
  #position = 0;

  /**
   * @param lines The input file.
   * @param schedule When each request is answered.
   * @param context What it needs of its simulator.
   */
  constructor(lines: Lines, schedule: Schedule, context: RunContext) {
    const { order, times } = schedule;
    this.#asked = { lines, order, attempts: new Uint16Array(order.length) };
    this.#times = times;
    this.#context = context;
  }

  /** When the last request is answered. */
  get finishesAt(): number {
    return this.#times.at(-1) ?? 0;
  }

  /** Answers every request that is due. */
  async answerUntil(time: number): Promise<void> {
    if (!this.#isDue(time)) return;
    const { books, respond, random } = this.#context;
    const span = books.open(this.#asked, this.#position);
    while (this.#isDue(time)) {
      const request = books.ask(span);
      const now = this.#times[this.#position]!;
      const outcome = outcomeOf(respond, request, now, random);
      // Awaiting only promises keeps a million answers quick.
      this.#record(
        request.custom_id,
        outcome instanceof Promise ? await outcome : outcome,
      );
      this.#position++;
    }
  }

  /** Writes an error line for every request that was not asked. It counts as neither completed nor failed. */
  giveUp(code: string): void {
    const { lines, order } = this.#asked;
    for (; this.#position < order.length; this.#position++) {
      const line = recordOf(lines.parse(order[this.#position]!));
      this.errors.write(this.#line(String(line.custom_id), neverRan(code)));
    }
  }

  #isDue(time: number): boolean {
    return (this.#times[this.#position] ?? Infinity) <= time;
  }

  #record(id: string, outcome: Outcome): void {
    if (!isAnswered(outcome)) {
      this.failed++;
      this.errors.write(this.#line(id, outcome));
      return;
    }
    this.completed++;
    this.#context.books.answer(id);
    addUsage(this.usage, outcome.body);
    if (!this.#isLost()) this.output.write(this.#line(id, outcome));
  }

  #isLost(): boolean {
    const { losesLines, random } = this.#context;
    return losesLines && (this.completed === 1 || random.chance(SHARE_LOST));
  }

  #line(id: string, outcome: Outcome) {
    const { random } = this.#context;
    const response = "error" in outcome ? null : {
      status_code: outcome.status,
      request_id: random.id("req_"),
      body: outcome.body,
    };
    return {
      id: random.id("batch_req_"),
      custom_id: id,
      response,
      error: "error" in outcome ? outcome.error : null,
    };
  }
}
