/**
 * The requests of one batch, answered one after the other.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import {
  addUsage,
  answerIn,
  neverRan,
  noUsage,
  type Outcome,
  outcomeOf,
} from "./_answers.ts";
import type { BatchFault } from "./_faults.ts";
import { isRecord, recordOf } from "./_json.ts";
import type { AskedLines, Books } from "./_ledger.ts";
import { type Lines, LineWriter } from "./_lines.ts";
import type { Random } from "./_random.ts";
import type { Schedule } from "./_schedule.ts";
import type { Respond } from "./types.ts";

/** Of the answers of a batch that loses some, besides the first. */
const SHARE_LOST = 0.1;

/** Of the answers of a batch that writes errors first, besides the first. */
const SHARE_DOUBLE = 0.3;

const FIRST_ERROR: Outcome = {
  status: 500,
  body: { error: { code: "server_error", message: "It was tried again." } },
};

/** What a run needs of its simulator. */
export interface RunContext {
  books: Books;
  respond: Respond;
  random: Random;
  /** Whether the batch suffers a fault. */
  suffers: (fault: BatchFault) => boolean;
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
  readonly #losesLines: boolean;
  readonly #losesIds: boolean;
  readonly #writesErrors: boolean;
  readonly #quotesBodies: boolean;
  #position = 0;

  constructor(lines: Lines, schedule: Schedule, context: RunContext) {
    const { order, times } = schedule;
    this.#asked = { lines, order, attempts: new Uint16Array(order.length) };
    this.#times = times;
    this.#context = context;
    const { suffers } = context;
    this.#losesLines = suffers("missing_lines");
    this.#losesIds = suffers("lost_ids");
    this.#writesErrors = suffers("errors_first");
    this.#quotesBodies = suffers("string_bodies");
  }

  /** When the last request is answered. */
  get finishesAt(): number {
    return this.#times.at(-1) ?? 0;
  }

  /** When the next request is answered; Infinity if none is left. */
  get nextAnswerAt(): number {
    return this.#times[this.#position] ?? Infinity;
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
      this.#write(this.errors, String(line.custom_id), neverRan(code));
    }
  }

  #isDue(time: number): boolean {
    return this.nextAnswerAt <= time;
  }

  #record(id: string, outcome: Outcome): void {
    const answer = answerIn(outcome);
    if (!answer) {
      this.failed++;
      return this.#write(this.errors, id, outcome);
    }
    this.completed++;
    this.#context.books.answer(id);
    addUsage(this.usage, answer.body);
    if (this.#isLost()) return;
    if (this.#isDouble()) this.#write(this.output, id, FIRST_ERROR);
    this.#write(this.output, id, outcome);
  }

  #isLost(): boolean {
    return this.#losesLines && this.#strikes(SHARE_LOST);
  }

  #isDouble(): boolean {
    return this.#writesErrors && this.#strikes(SHARE_DOUBLE);
  }

  #strikes(share: number): boolean {
    return this.completed === 1 || this.#context.random.chance(share);
  }

  #write(file: LineWriter, id: string, outcome: Outcome): void {
    const lines = "lines" in outcome ? outcome.lines : [this.#line(outcome)];
    for (const line of lines) {
      const { response } = line;
      const ids = {
        id: this.#context.random.id("batch_req_"),
        ...(this.#losesIds ? {} : { custom_id: id }),
      };
      const quoted = this.#quotesBodies && isRecord(response)
        ? { response: { ...response, body: JSON.stringify(response.body) } }
        : {};
      file.write({ ...ids, ...line, ...quoted });
    }
  }

  #line(
    outcome: Exclude<Outcome, { lines: unknown }>,
  ): Record<string, unknown> {
    if ("error" in outcome) return { response: null, error: outcome.error };
    const { status, body } = outcome;
    const request_id = this.#context.random.id("req_");
    const response = { status_code: status, request_id, body };
    return { response, error: null };
  }
}
