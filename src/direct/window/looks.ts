/**
 * Looks at the background responses that are open, until each has ended.
 *
 * @module
 */

import { APIError, ConnectionError } from "../../errors.ts";
import type { Answer } from "../../rest/answer.ts";
import type { Contact } from "../../rest/contact.ts";
import type { Responses } from "../../rest/responses.ts";
import { isBroken, MAX_RETRY_AFTER, readRetryAfter } from "../../rest/retry.ts";
import type { Clock } from "../../types/platform.ts";
import { Refusals } from "../_refusals.ts";
import { Due } from "./_due.ts";
import { acceptedAt, stateOf } from "./state.ts";

/** Looks, cancels among them, that begin within a minute at most. */
export const LOOKS_PER_MINUTE = 600;

/** Ms between two looks. */
const SPACING = 60_000 / LOOKS_PER_MINUTE;

/** Looks that run at a time at most. */
const MOST_AT_ONCE = 32;

/** A response is looked at again after this share of its age, … */
const SHARE = 1 / 8;
/** … but not before these ms, … */
export const SHORTEST_PAUSE = 5_000;
/** … nor after these. */
export const LONGEST_PAUSE = 300_000;

/** How long one may go on after it was cancelled, ms. */
const CANCELLING = 600_000;

/** How long the API may not know a response that it has just accepted, ms. */
const UNKNOWN = 60_000;

/** How a response ended. */
export interface Ending {
  /** The last answer; undefined if the response is gone. */
  answer: Answer | undefined;
  /** Whether it could not be read for an hour, though others could. */
  isUnreadable: boolean;
  /** Why it was cancelled here, if it was. */
  cancelled: "late" | "asked" | undefined;
}

/** A response that has not ended. */
interface Open {
  readonly id: string;
  /** When it was accepted; undefined until a look tells. */
  acceptedAt: number | undefined;
  /** Since when this process knows it. */
  readonly knownAt: number;
  /** When it is looked at next; 0 while it is. */
  lookAt: number;
  /** Whether it was said to have ended while it was looked at. */
  isHurried: boolean;
  /** Looks in a row that told nothing. */
  refusals: Refusals | undefined;
  cancelled: Ending["cancelled"];
  /** Whether somebody else makes that call. */
  expectsCancel: boolean;
  /** When it was cancelled, once the API has taken it. */
  cancelledAt: number | undefined;
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: unknown) => void;
}

/** What looking needs. */
export interface LooksContext {
  /** Makes the calls. */
  responses: Responses;
  /** Measures the time between them. */
  clock: Clock;
  /** Whether anything gets through. */
  contact: Contact;
  /** How long a response may take, ms. */
  longest: number;
  /** Ends all. */
  signal: AbortSignal;
  /** Whether there is room for what a look may bring. */
  hasRoom: () => boolean;
}

/**
 * Looks at each response by its id, after longer and longer times, and never
 * at more than {@linkcode LOOKS_PER_MINUTE} in all. One that takes too long is
 * cancelled.
 */
export class Looks {
  readonly #context: LooksContext;
  readonly #open = new Map<string, Open>();
  readonly #due = new Due<Open>();
  readonly #refusals: Refusals;
  #running = 0;
  #isLooping = false;
  #pausedUntil = 0;
  #mayBeginAt = 0;
  #wake: () => void = () => {};

  constructor(context: LooksContext) {
    this.#context = context;
    this.#refusals = new Refusals(context.contact);
    context.signal.addEventListener("abort", () => {
      this.#fail(context.signal.reason);
    }, { once: true });
  }

  /** How many responses are open. */
  get open(): number {
    return this.#open.size;
  }

  /** When the next look is due, ms since the epoch. */
  get nextAt(): number {
    return Math.max(this.#due.at, this.#pausedUntil, this.#mayBeginAt);
  }

  /** The ids of those that are open. */
  get ids(): string[] {
    return [...this.#open.keys()];
  }

  /**
   * Looks at a response until it has ended.
   *
   * @throws {APIError} If the key is refused, or nothing but refusals came for an hour.
   * @throws {ConnectionError} If nothing got through for an hour.
   * @throws The signal's reason.
   */
  ended(
    id: string,
    isNew: boolean,
    isCancelled: boolean = false,
  ): Promise<Ending> {
    const { clock, signal } = this.#context;
    const now = clock.now();
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const open: Open = {
        id,
        acceptedAt: isNew ? now : undefined,
        knownAt: now,
        lookAt: 0,
        isHurried: false,
        refusals: undefined,
        cancelled: isCancelled ? "asked" : undefined,
        expectsCancel: false,
        cancelledAt: undefined,
        resolve,
        reject,
      };
      this.#open.set(id, open);
      const waits = isNew && !isCancelled;
      this.#plan(open, waits ? now + SHORTEST_PAUSE : now);
    });
  }

  /** Looks at one now: it is said to have ended. */
  hurry(id: string): boolean {
    const open = this.#open.get(id);
    if (!open) return false;
    // A look that is under way may have come too early.
    if (open.lookAt === 0) open.isHurried = true;
    else this.#plan(open, 0);
    return true;
  }

  /** Cancels all open ones. */
  cancel(): void {
    for (const open of this.#open.values()) {
      open.cancelled ??= "asked";
      this.hurry(open.id);
    }
  }

  /** The caller is about to cancel all open ones, one by one. */
  expectCancels(): void {
    for (const open of this.#open.values()) {
      open.cancelled = "asked";
      open.expectsCancel = true;
    }
  }

  /** One was cancelled by the caller: a look tells what became of it. */
  noteCancel(id: string): void {
    const open = this.#open.get(id);
    if (!open) return;
    open.cancelledAt ??= this.#context.clock.now();
    this.hurry(id);
  }

  /** There may be room again for what a look brings. */
  resume(): void {
    this.#wake();
  }

  #plan(open: Open, at: number): void {
    open.lookAt = Math.max(at, 1); // 0 is that of one that is looked at
    this.#due.add(open, open.lookAt);
    if (this.#isLooping) this.#wake();
    else void this.#loop();
  }

  async #loop(): Promise<void> {
    this.#isLooping = true;
    const { clock, signal } = this.#context;
    while (this.#open.size > 0 && !signal.aborted) {
      const wait = this.#wait();
      if (wait > 0) {
        await this.#pause(wait);
        continue;
      }
      const { at } = this.#due;
      const open = this.#due.take();
      // It was rescheduled in the meantime, or has ended.
      if (open?.lookAt !== at || !this.#open.has(open.id)) continue;
      open.lookAt = 0;
      this.#mayBeginAt = clock.now() + SPACING;
      this.#running++;
      void this.#look(open);
    }
    this.#isLooping = false;
  }

  /** Ms until a look may begin; Infinity if something must happen first. */
  #wait(): number {
    const isFull = this.#running >= MOST_AT_ONCE || !this.#context.hasRoom();
    return isFull ? Infinity : this.nextAt - this.#context.clock.now();
  }

  /** Waits that long, or until there is news. */
  async #pause(ms: number): Promise<void> {
    const nap = new AbortController();
    const woken = new Promise<void>((resolve) => this.#wake = resolve);
    if (ms < Infinity) {
      this.#context.clock.sleep(ms, nap.signal).then(this.#wake, () => {});
    }
    await woken;
    nap.abort(null);
  }

  async #look(open: Open): Promise<void> {
    try {
      const isCancel = open.cancelled !== undefined && !open.cancelledAt &&
        !open.expectsCancel;
      await (isCancel ? this.#cancel(open) : this.#retrieve(open));
    } catch (error) {
      this.#failed(open, error);
    } finally {
      this.#running--;
      this.#wake();
    }
  }

  async #retrieve(open: Open): Promise<void> {
    const { responses, clock, signal, longest } = this.#context;
    const answer = await responses.retrieve(open.id, signal);
    const state = stateOf(answer, open.id);
    if (state === "unclear") return this.#refused(open, answer);
    this.#refusals.reset();
    open.refusals = undefined;
    const now = clock.now();
    if (state === "gone" && now - open.knownAt < UNKNOWN) {
      return this.#plan(open, now + SHORTEST_PAUSE);
    }
    if (state !== "active") {
      return this.#end(open, state === "gone" ? undefined : answer);
    }
    const { cancelledAt } = open;
    if (cancelledAt !== undefined) {
      if (now - cancelledAt >= CANCELLING) return this.#end(open, answer);
      return this.#plan(open, now + CANCELLING / 10);
    }
    const since = open.acceptedAt ??= acceptedAt(answer.body) ?? now;
    const age = now - since;
    if (open.isHurried || (open.cancelled && !open.expectsCancel)) {
      open.isHurried = false;
      return this.#plan(open, 0);
    }
    if (age < longest) {
      const pause = Math.min(
        Math.max(age * SHARE, SHORTEST_PAUSE),
        LONGEST_PAUSE,
      );
      return this.#plan(open, now + Math.min(pause, longest - age));
    }
    open.cancelled = "late";
    open.expectsCancel = false;
    this.#plan(open, 0);
  }

  async #cancel(open: Open): Promise<void> {
    const { responses, clock, signal } = this.#context;
    const answer = await responses.cancel(open.id, signal);
    const isPassing = answer.status === 429 || answer.status >= 500;
    if (isPassing) return this.#refused(open, answer);
    this.#refusals.reset();
    open.cancelledAt = clock.now();
    const state = stateOf(answer, open.id);
    if (state === "ended") this.#end(open, answer);
    else this.#plan(open, 0); // a look tells what has become of it
  }

  #end(open: Open, answer: Answer | undefined, isUnreadable = false): void {
    this.#open.delete(open.id);
    open.resolve({ answer, isUnreadable, cancelled: open.cancelled });
  }

  /** The answer says nothing of the response. */
  #refused(open: Open, answer: Answer): void {
    const { status, headers, body } = answer;
    const now = this.#context.clock.now();
    const asked = readRetryAfter(headers, now) ?? 0;
    this.#pausedUntil = Math.max(
      this.#pausedUntil,
      now + Math.min(asked, MAX_RETRY_AFTER),
    );
    const said = typeof body === "string" ? "" : JSON.stringify(body);
    const message = `${status} ${said.slice(0, 200)}`;
    this.#again(open, new APIError(message, { status, headers }), answer);
  }

  #failed(open: Open, error: unknown): void {
    const { signal } = this.#context;
    const mayPass = error instanceof ConnectionError && !isBroken(error);
    if (signal.aborted || !mayPass) this.#fail(error);
    else this.#again(open, error);
  }

  /** A failed look holds up the others briefly: they may fail too. */
  #again(open: Open, error: Error, answer?: Answer): void {
    const { clock, contact } = this.#context;
    const now = clock.now();
    if (this.#refusals.add(now)) return this.#fail(error);
    this.#pausedUntil = Math.max(
      this.#pausedUntil,
      now + this.#refusals.pause,
    );
    open.refusals ??= new Refusals(contact);
    if (open.refusals.add(now)) return this.#end(open, answer, true);
    this.#plan(open, now + open.refusals.pause);
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
    this.#wake();
  }
}
