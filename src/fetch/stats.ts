/**
 * What a `fetch` has done so far.
 *
 * @module
 */

/** What a `BatchFetch` has done so far. */
export interface BatchFetchStats {
  /** Calls collected. */
  collected: number;
  /** Calls passed on to the real `fetch`. */
  passed: number;
  /** Calls answered with success. */
  answered: number;
  /** Calls answered with an error, including "pending". */
  failed: number;
  /** Requests sent by this process. */
  sent: number;
  /** Jobs they were sent in. */
  jobs: number;
  /** Calls that had already been sent, usually by an earlier process. */
  found: number;
  /** Requests sent by two processes at the same time, which may be paid for twice. */
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
