/**
 * How many calls may run at the same time, and when the next one may begin: as many as
 * the server takes.
 *
 * @module
 */

import { onAbort } from "../on_abort.ts";
import type { Contact } from "../rest/contact.ts";
import { MAX_RETRY_AFTER, readRetryAfter } from "../rest/retry.ts";
import type { Clock } from "../types/platform.ts";
import { Allowance } from "./_allowance.ts";
import { Refusals } from "./_refusals.ts";

/** A call that may begin. */
export interface Ticket {
  /** 1, 2, …: which call it is. */
  number: number;
  /** Tokens that were sent with it. */
  tokens: number;
}

/**
 * The pace of all calls together. As many run as the cap says, until the
 * server refuses one: that halves them and makes all of them pause, and each
 * round of answers allows one more again. Between refusals it keeps to what
 * the `x-ratelimit-*` headers allow.
 */
export class Pace {
  readonly #cap: number;
  readonly #clock: Clock;
  readonly #requests = new Allowance("requests");
  readonly #tokens = new Allowance("tokens");
  readonly #refusals: Refusals;
  /** Whether the last call was refused as its lane had no room. */
  #isFull = false;
  /** How many may run; grows by fractions. */
  #width: number;
  #running = 0;
  #pausedUntil = 0;
  /** The last call that had begun when one was refused. */
  #refusedAt = 0;
  #begun = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(cap: number, clock: Clock, contact: Contact) {
    this.#refusals = new Refusals(contact);
    this.#cap = this.#width = cap;
    this.#clock = clock;
  }

  /**
   * Waits until one more call may begin, first come, first served.
   *
   * @param until How long to wait for a lane that has no room, ms since the epoch.
   * @returns To be given back with {@linkcode answered} or {@linkcode refused}; undefined if there was no room by then.
   * @throws The signal's reason.
   */
  enter(
    tokens: number,
    signal: AbortSignal,
    until: number = Infinity,
  ): Promise<Ticket | undefined> {
    const turn = this.#turn.then(() => this.#begin(tokens, signal, until));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** A call ran, whatever came of it. */
  answered(ticket: Ticket, headers: Headers | undefined): void {
    this.#refusals.reset();
    this.#isFull = false;
    if (ticket.number > this.#refusedAt) {
      this.#width = Math.min(this.#cap, this.#width + 1 / this.#width);
    }
    this.#leave(ticket, headers);
  }

  /**
   * A call did not get through. Those that had begun by then and are refused
   * too tell nothing more.
   *
   * @returns Whether none has got through for an hour, or for a minute where none ever did.
   */
  refused(
    ticket: Ticket,
    headers: Headers | undefined,
    isFull: boolean = false,
  ): boolean {
    const now = this.#clock.now();
    this.#isFull = isFull;
    const asked = (headers && readRetryAfter(headers, now)) ?? 0;
    const isNews = ticket.number > this.#refusedAt;
    let isHopeless = false;
    if (isNews) {
      this.#refusedAt = this.#begun;
      this.#width = Math.max(1, this.#width / 2);
      isHopeless = this.#refusals.add(now);
    }
    this.#pausedUntil = Math.max(
      this.#pausedUntil,
      now + Math.min(asked, MAX_RETRY_AFTER),
      isNews ? now + this.#refusals.pause : 0,
    );
    this.#leave(ticket, headers);
    return isHopeless;
  }

  /** When calls begin again that a refusal holds up, ms. */
  get resumesAt(): number {
    return this.#pausedUntil;
  }

  async #begin(
    tokens: number,
    signal: AbortSignal,
    until: number,
  ): Promise<Ticket | undefined> {
    for (let wait = this.#wait(tokens); wait > 0; wait = this.#wait(tokens)) {
      const left = this.#isFull ? until - this.#clock.now() : Infinity;
      if (left <= 0) return undefined;
      await this.#pause(Math.min(wait, left), signal);
    }
    signal.throwIfAborted();
    this.#running++;
    this.#requests.begin(1);
    this.#tokens.begin(tokens);
    return { number: ++this.#begun, tokens };
  }

  /** Ms until a call may begin; Infinity if another must end first. */
  #wait(tokens: number): number {
    if (this.#running + 1 > Math.max(1, this.#width)) return Infinity;
    const now = this.#clock.now();
    return Math.max(
      this.#pausedUntil - now,
      this.#requests.waitFor(1, now),
      this.#tokens.waitFor(tokens, now),
    );
  }

  /** Waits that long, or until a call ends: its answer may have news. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const nap = new AbortController();
    const woken = new Promise<void>((resolve) => this.#wake = resolve);
    const release = onAbort(signal, this.#wake);
    if (ms < Infinity) {
      this.#clock.sleep(ms, nap.signal).then(this.#wake, () => {});
    }
    await woken;
    nap.abort(null);
    release();
  }

  #leave({ number, tokens }: Ticket, headers: Headers | undefined): void {
    const now = this.#clock.now();
    this.#requests.end(1, number, headers, now);
    this.#tokens.end(tokens, number, headers, now);
    this.#running--;
    this.#wake();
  }
}
