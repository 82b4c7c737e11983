/**
 * Gets the calls of one request in: at their pace, through refusals, and in
 * another lane where its own has no room.
 *
 * @module
 */

import { APIError } from "../errors.ts";
import type { WaitingFor } from "../progress/job_status.ts";
import { type DirectLane, inLane } from "../requests/direct_lane.ts";
import { outputLimit } from "../requests/output_limit.ts";
import { lineCounter } from "../requests/text_of.ts";
import type { IndexedLine } from "../requests/to_line.ts";
import { askedLane } from "../pricing/mod.ts";
import type { Asked } from "../results/to_result.ts";
import { Refusals } from "./_refusals.ts";
import type { Asking, DirectRequest } from "./asking.ts";
import { callOnce, type Outcome } from "./call.ts";
import type { Pace, Ticket } from "./pace.ts";

/** The way in for one request. */
export class Entry {
  readonly #request: DirectRequest;
  readonly #asking: Asking;
  readonly #refusals: Refusals;
  #lane: DirectLane | undefined;
  #pace: Pace;
  #isSent = false;

  constructor(request: DirectRequest, asking: Asking) {
    this.#request = request;
    this.#asking = asking;
    this.#refusals = new Refusals(asking.caller.transport.contact);
    this.#lane = asking.lane;
    this.#pace = asking.pace;
  }

  /**
   * Makes a call that gets in. Refusals count as nothing and are waited for.
   *
   * @returns What came of it; a refusal after an hour of nothing else.
   * @throws What ends every other request too.
   */
  async call(
    params: Record<string, unknown> | undefined,
    attempts: number,
  ): Promise<Outcome> {
    const { clock, waits, fallbackAfter = Infinity } = this.#asking;
    const until = clock.now() + fallbackAfter;
    while (true) {
      const { line } = this.#request;
      const body = inLane({ ...line.body, ...params }, line.url, this.#lane);
      const tokens = tokensOf({ ...line, body });
      const isFallback = this.#pace === this.#asking.fallbackPace;
      const patience = isFallback ? Infinity : until;
      const ticket = await this.#pace.enter(tokens, waits, patience);
      if (!ticket) {
        this.#fallBack();
        continue;
      }
      this.markSent();
      const outcome = await this.#callOnce(body, attempts);
      if (!outcome.refusal) {
        this.#gotIn(ticket, outcome);
        return outcome;
      }
      if (await this.#isRefused(outcome.refusal, ticket, until)) return outcome;
    }
  }

  /** The request was sent, now or by an earlier process. */
  markSent(): void {
    if (!this.#isSent) this.#asking.onSend();
    this.#isSent = true;
  }

  /**
   * Whose result an attempt is to be.
   *
   * @returns The same in the words of results.
   */
  asked(
    attempts: number,
    body: Record<string, unknown> = this.#request.line.body,
  ): Asked {
    const { index, line: { custom_id: id, url: endpoint } } = this.#request;
    const lane = askedLane(inLane(body, endpoint, this.#lane));
    const via = "direct";
    return { id, index, attempts, batchId: undefined, endpoint, via, lane };
  }

  #callOnce(body: Record<string, unknown>, attempts: number): Promise<Outcome> {
    const { caller, calls } = this.#asking;
    const asked = this.asked(attempts, body);
    return callOnce(caller, this.#request.line.url, body, asked, calls);
  }

  #gotIn(ticket: Ticket, { headers, lost }: Outcome): void {
    if (!lost) this.#pace.answered(ticket, headers);
    else if (this.#pace.refused(ticket, headers)) throw lost;
    this.#asking.onWait(lost && this.#waitAfter(lost));
  }

  /**
   * Waits after a refusal.
   *
   * @returns Whether it was refused for an hour.
   */
  async #isRefused(
    refusal: Error,
    ticket: Ticket,
    until: number,
  ): Promise<boolean> {
    const { clock, waits } = this.#asking;
    const headers = refusal instanceof APIError ? refusal.headers : undefined;
    const isFull = this.#lane === "flex" && hasNoRoom(refusal);
    const isOver = this.#pace.refused(ticket, headers, isFull);
    const now = clock.now();
    if (isFull && until < Infinity && (isOver || now >= until)) {
      this.#fallBack();
      return false;
    }
    if (isOver) throw refusal;
    this.#asking.onWait(this.#waitAfter(refusal));
    // Where a lane has no room, one request may have bad luck for longer.
    if (this.#refusals.add(now) && !isFull) return true;
    // It may be this request alone: the others must not wait for it.
    const left = isFull ? until - now : Infinity;
    await clock.sleep(Math.min(this.#refusals.pause, left), waits);
    return false;
  }

  #fallBack(): void {
    this.#lane = "standard";
    this.#pace = this.#asking.fallbackPace;
  }

  /** Why the calls wait, and until when. */
  #waitAfter(error: Error): WaitingFor {
    const { isReached } = this.#asking.caller.transport.contact;
    const longest = isReached ? "an hour" : "a minute";
    return {
      reason: error instanceof APIError ? "retry" : "connection",
      until: new Date(this.#pace.resumesAt),
      message: `${error.message}, trying again for up to ${longest}`,
    };
  }
}

/** OpenAI's words for it where flex has no capacity. */
function hasNoRoom(refusal: Error): boolean {
  if (!(refusal instanceof APIError)) return false;
  const { code, type, message } = refusal;
  return /resource[ _]?unavailable/i.test(`${code} ${type} ${message}`);
}

/** As OpenAI counts them against the limit: the text, or the output's cap if that is more. */
function tokensOf(line: IndexedLine["line"]): number {
  return Math.max(lineCounter()(line), outputLimit(line) || 0);
}
