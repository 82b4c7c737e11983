/**
 * Counts refusals in a row: what is refused for an hour is refused for good.
 *
 * @module
 */

import type { Contact } from "../rest/contact.ts";

/** Refusals in a row, at least: a laptop that was closed has not been refused meanwhile. */
const FEWEST = 10;

/** How long they may last, ms. */
const LONGEST = 3_600_000;

/** Longest pause that is not asked for by the server, ms. */
const LONGEST_PAUSE = 60_000;

/** The refusals since the last answer. */
export class Refusals {
  /** How many there are. */
  count = 0;
  #since = 0;
  readonly #contact: Contact;

  constructor(contact: Contact) {
    this.#contact = contact;
  }

  /** How long to wait after the last one, ms: 0.5 s, then twice as long each time, less up to a quarter. */
  get pause(): number {
    return this.#longestPause * (1 - Math.random() * 0.25);
  }

  get #longestPause(): number {
    return Math.min(250 * 2 ** this.count, LONGEST_PAUSE);
  }

  /** There was an answer. */
  reset(): void {
    this.count = 0;
  }

  /**
   * Counts one more.
   *
   * @returns Whether they have lasted for an hour, or for a minute where nothing was ever reached.
   */
  add(now: number): boolean {
    if (this.count === 0) this.#since = now;
    this.count++;
    const next = now - this.#since + this.#longestPause;
    if (this.#contact.isHopeless(next)) return true;
    return this.count > FEWEST && now - this.#since > LONGEST;
  }
}
