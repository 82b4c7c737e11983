/**
 * Rides out outages: a job that takes a day must not die of a minute without network.
 *
 * @module
 */

import { APIError } from "../errors.ts";
import type { Contact } from "../rest/contact.ts";
import { isPassing, MAX_RETRY_AFTER, waitBefore } from "../rest/retry.ts";
import type { Clock } from "../types/platform.ts";
import type { Wait } from "./state/waits.ts";

/** How long a job bears that nothing at all succeeds, ms. */
const LONGEST_SILENCE = 3_600_000;

/** How long something may fail while other calls succeed, ms. */
const LONGEST_TROUBLE = 6 * 3_600_000;

/** The longest pause the server didn't ask for, ms. */
const LONGEST_PAUSE = 60_000;

/** The most that the time between two failures counts, ms: a closed laptop hasn't tried meanwhile. */
const LONGEST_GAP = 2 * MAX_RETRY_AFTER;

/** What waiting needs. */
export interface RetryLoopOptions {
  /** Measures the pauses. */
  clock: Clock;
  /** Whether anything gets through. */
  contact: Contact;
  /** Ends a pause. */
  signal?: AbortSignal | undefined;
  /** Called before each pause. */
  onWait?: ((wait: Wait) => void) | undefined;
}

/** Waits between temporary failures. */
export class RetryLoop {
  readonly #options: RetryLoopOptions;
  #failures = 0;
  /** When it was tried or failed last, ms. */
  #at: number;
  /** For how long it has failed, ms. */
  #trouble = 0;
  /** For how long nothing else has succeeded either, ms. */
  #silence = 0;
  #successes = 0;

  constructor(options: RetryLoopOptions) {
    this.#options = options;
    this.#at = options.clock.now();
  }

  /** A try begins: the time before it doesn't count towards a failure. */
  begin(): void {
    const { clock, contact } = this.#options;
    if (this.#failures > 0) return;
    this.#at = clock.now();
    this.#successes = contact.successes;
    this.#trouble = 0;
    this.#silence = 0;
  }

  /** It succeeded: the next failure is a first one. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * Does something until it succeeds.
   *
   * @throws Its error, if that is permanent or has lasted too long: see {@linkcode RetryLoop.pauseAfter}.
   */
  async insist<T>(work: () => Promise<T>): Promise<T> {
    while (true) {
      this.begin();
      try {
        const value = await work();
        this.reset();
        return value;
      } catch (error) {
        await this.wait(error);
      }
    }
  }

  /**
   * Pauses after a failure.
   *
   * @throws The error, if it is permanent or has lasted too long.
   */
  async wait(error: unknown): Promise<void> {
    const { clock, signal } = this.#options;
    await clock.sleep(this.pauseAfter(error), signal);
  }

  /**
   * Takes note of a failure.
   *
   * @returns How long to wait, ms: as long as the server asks, up to 10 minutes, else longer each time up to one.
   * @throws The error, if it will not pass; if no call at all has succeeded for an hour, or has got an answer for a minute where none ever did; or if it has failed for 6 hours while others succeeded.
   */
  pauseAfter(error: unknown): number {
    const { clock, contact, signal, onWait } = this.#options;
    if (signal?.aborted || !isPassing(error)) throw error;
    const now = clock.now();
    const gap = Math.min(now - this.#at, LONGEST_GAP);
    const isSilent = contact.successes === this.#successes;
    this.#at = now;
    this.#trouble += gap;
    this.#silence = isSilent ? this.#silence + gap : 0;
    this.#successes = contact.successes;
    const pause = this.#pauseOf(error, now);
    const silence = this.#silence + pause;
    const isOver = silence > LONGEST_SILENCE || contact.isHopeless(silence) ||
      this.#trouble + pause > LONGEST_TROUBLE;
    if (isOver) throw error;
    this.#failures++;
    const left = contact.isReached ? "an hour" : "a minute";
    onWait?.(toWait(error, now + pause, isSilent ? left : "6 hours"));
    return pause;
  }

  #pauseOf(error: unknown, now: number): number {
    const asked = waitBefore(error, this.#failures, now);
    const own = Math.min(1_000 * 2 ** this.#failures, LONGEST_PAUSE);
    return Math.max(Math.min(asked, MAX_RETRY_AFTER), own);
  }
}

function toWait(error: unknown, until: number, longest: string): Wait {
  const { code } = error as { code?: unknown };
  const isAnswer = error instanceof APIError;
  const reason = isAnswer ? "retry" : code === "lists" ? code : "connection";
  const said = error instanceof Error ? error.message : String(error);
  return {
    reason,
    until,
    message: `${said}, trying again for up to ${longest}`,
  };
}
