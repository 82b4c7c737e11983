/**
 * Whether anything gets through to the API at all, whoever calls.
 *
 * @module
 */

/** How long a setup is tried that has never worked, ms: it is broken, or will be mended by hand. */
const UNREACHED_PATIENCE = 60_000;

/** What the calls of one client have met. */
export class Contact {
  /** Whether there ever was an answer, of any status. */
  isReached = false;
  /** How many calls have succeeded. */
  successes = 0;
  /** The longest page of each list, by path, where the server has refused a longer one. */
  readonly pageLimits: Map<string, number> = new Map();

  /**
   * @param lasted For how long calls have got no answer, ms.
   * @returns Whether to give up: nothing was ever reached.
   */
  isHopeless(lasted: number): boolean {
    return !this.isReached && lasted > UNREACHED_PATIENCE;
  }
}
