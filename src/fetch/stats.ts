/**
 * What a `fetch` has done so far.
 *
 * @module
 */

/** What a `BatchFetch` has done so far. */
export interface BatchFetchStats {
  /** Calls that were collected. */
  collected: number;
  /** Calls that went to the real `fetch`. */
  passed: number;
  /** Calls that were answered with success. */
  answered: number;
  /** Calls that were answered with an error, "pending" among them. */
  failed: number;
  /** Requests that this process has sent. */
  sent: number;
  /** Jobs that it has sent them in. */
  jobs: number;
  /** Calls whose request was sent before, mostly by an earlier process. */
  found: number;
  /** Requests under the name that were sent by two processes at once, and may be paid twice. */
  duplicates: number;
}

/** @returns The counts of one that has done nothing. */
export function noStats(): BatchFetchStats {
  return {
    collected: 0,
    passed: 0,
    answered: 0,
    failed: 0,
    sent: 0,
    jobs: 0,
    found: 0,
    duplicates: 0,
  };
}
