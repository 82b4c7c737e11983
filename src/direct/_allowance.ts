/**
 * What the `x-ratelimit-*` headers allow.
 *
 * @module
 */

import { readDuration } from "../duration.ts";

/** Longest time that a header makes calls wait, ms: a day's limit is asked after once a minute. */
const LONGEST = 60_000;

/** How much of one kind, requests or tokens, may be sent before the limit resets. */
export class Allowance {
  readonly #kind: "requests" | "tokens";
  /** What may be sent before `#resetsAt`. */
  #left = Infinity;
  #resetsAt = 0;
  /** What may be sent after that. */
  #limit = Infinity;
  /** Sent with calls that have not ended. */
  #underWay = 0;
  /** The latest call with a useful answer. */
  #youngest = 0;

  constructor(kind: "requests" | "tokens") {
    this.#kind = kind;
  }

  /**
   * How long to wait before so much may be sent.
   *
   * @returns Milliseconds, 0 if it may be sent now; Infinity if an answer must come first.
   */
  waitFor(amount: number, now: number): number {
    if (amount <= this.#left) return 0;
    if (now < this.#resetsAt) return this.#resetsAt - now;
    // It has reset: the whole limit is there again, and no more than that.
    const fits = this.#underWay + amount <= this.#limit;
    return fits || this.#underWay === 0 ? 0 : Infinity;
  }

  /** A call begins. */
  begin(amount: number): void {
    this.#left -= amount;
    this.#underWay += amount;
  }

  /**
   * A call has ended. What its answer says is of the time when the call came
   * in: calls that are under way may be counted or not, and are taken for not.
   * The answer to an older call is ignored.
   */
  end(
    amount: number,
    call: number,
    headers: Headers | undefined,
    now: number,
  ): void {
    this.#underWay -= amount;
    const tell = (what: string) =>
      headers?.get(`x-ratelimit-${what}-${this.#kind}`) ?? "";
    const remaining = tell("remaining");
    const reset = readReset(tell("reset"));
    const isTold = /^\d+$/.test(remaining) && reset !== undefined;
    if (!isTold || call < this.#youngest) return;
    this.#youngest = call;
    this.#left = Number(remaining) - this.#underWay;
    this.#resetsAt = now + Math.min(reset, LONGEST);
    this.#limit = Number(tell("limit")) || Infinity;
  }
}

/** As OpenAI writes it, "6m0s" or "120ms"; other servers give bare seconds. */
function readReset(text: string): number | undefined {
  const isBare = /^\d+(\.\d+)?$/.test(text);
  return isBare ? Number(text) * 1_000 : readDuration(text);
}
