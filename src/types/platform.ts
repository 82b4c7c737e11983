/**
 * What the module takes from the platform, and small helpers for types.
 *
 * @module
 */

/**
 * A literal that still takes any string: completion in the editor, and no
 * error for new values or for a widened `string`.
 *
 * @typeParam T The known values.
 */
// deno-lint-ignore ban-types
export type Open<T extends string> = T | (string & {});

/**
 * A value, or a promise of one.
 *
 * @typeParam T The value.
 */
export type MaybePromise<T> = T | Promise<T>;

/**
 * A function like `fetch`. Our own signature, not `typeof fetch`: Bun's has
 * `preconnect`, Deno's and Node's differ, and the simulator's must fit all.
 */
export type Fetch = (
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<Response>;

/** Where the module gets the time from, so that a test can hand it a virtual one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Resolves after `ms` milliseconds, or rejects with the signal's reason as
   * soon as it is aborted.
   *
   * @param ms Milliseconds to wait. 0 and less resolve at once.
   * @param signal Ends the wait early.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Whether its time is made up and does not pass as people see it: bars don't tick each second then. @default false */
  readonly isVirtual?: boolean | undefined;
}

/** A terminal that understands ANSI codes. */
export interface Terminal {
  /**
   * Prints text as it is.
   *
   * @param text Text, with control codes.
   */
  write(text: string): void;
  /** Its width now, 1 or more. */
  readonly columns: number;
}
