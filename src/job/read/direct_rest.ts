/**
 * Asks directly what a job leaves open at its deadline.
 *
 * @module
 */

import type { DirectRequest } from "../../direct/asking.ts";
import type { AnyResult } from "../../results/result.ts";
import type { InputLines } from "./input_lines.ts";
import type { JobContext } from "../context.ts";
import type { Rest } from "../state/read_state.ts";
import type { Part } from "../state/part.ts";

/** The rest of one job. */
export class DirectRest {
  readonly #context: JobContext;
  readonly #inputLines: InputLines;

  constructor(context: JobContext, inputLines: InputLines) {
    this.#context = context;
    this.#inputLines = inputLines;
  }

  /** Whether every batch that there is, or may be, has ended and was read. */
  get isDue(): boolean {
    return this.#context.parts.leaves.every((part) =>
      part.isQuiet && part.active.length === 0 && !part.isUnread
    );
  }

  /**
   * Asks the rest of a part.
   *
   * @param part The part; it is given up if its lines can't be had.
   * @param onAnswer Gets every answer: all of them are paid.
   */
  ask(
    part: Part,
    rest: Rest,
    onAnswer: (result: AnyResult) => void,
  ): AsyncGenerator<AnyResult> {
    const { services, settings } = this.#context;
    const { answers, signal, atAbort, lane, fallbackAfter } = settings;
    const job = settings.fresh ? undefined : settings.id;
    const requests = this.#requests(part, rest);
    return services.askDirectly(requests, {
      answers,
      lane,
      fallbackAfter,
      job,
      atAbort,
      signal,
      onAnswer,
    });
  }

  async *#requests(
    part: Part,
    { open, held }: Rest,
  ): AsyncGenerator<DirectRequest> {
    const left = new Map(open);
    for await (const line of this.#inputLines.linesOf(part)) {
      const id = line.custom_id;
      if (!left.has(id)) continue;
      const { attempts = 0, result, params } = held.get(id) ?? {};
      yield { index: left.get(id), line, attempts, best: result, params };
      left.delete(id);
    }
  }
}
