/**
 * Whether anything gets through to the API at all.
 *
 * @module
 */

/** How long to try a setup that has never worked, ms: it is broken, and waiting won't fix it. */
const UNREACHED_PATIENCE = 60_000;

/** What the calls of one client have encountered. */
export class Contact {
  /** Whether there has ever been a response, of any status. */
  isReached = false;
  /** How many calls have succeeded. */
  successes = 0;
  /** The longest page of each list, by path, if the server has refused a longer one. */
  readonly pageLimits: Map<string, number> = new Map();

  /**
   * @param lasted How long calls have got no response, ms.
   * @returns Whether to give up: nothing was ever reached.
   */
  isHopeless(lasted: number): boolean {
    return !this.isReached && lasted > UNREACHED_PATIENCE;
  }
}
