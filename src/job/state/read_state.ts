/**
 * How far the answers of a part were read, as far as others need to know.
 *
 * @module
 */

import type { AnyResult } from "../../results/result.ts";
import type { Batch } from "../../types/batch.ts";

/** A request that is to be sent again. */
export interface Held {
  /** The number of its line in the part's first file, from 0. */
  line: number;
  /** Its best result so far. */
  result: AnyResult;
  /** How often it was asked. */
  attempts: number;
  /** The round of its last attempt. */
  round: number;
  /** Params for the next one. */
  params: Record<string, unknown> | undefined;
  /** Whether the result is of an earlier round, which says more than the last one. */
  isEarlier: boolean;
  /** Whether there is no next one: it waits for the other files of its round, which may still have an answer. */
  isFinal: boolean;
}

/** What is left of a part. */
export interface Rest {
  /** The ids without a final result, and their positions. */
  open: ReadonlyMap<string, number | undefined>;
  /** What came of those that were asked. */
  held: ReadonlyMap<string, Held>;
}

/** How far the answers of a part were read. */
export interface ReadState {
  /** Whether every request has its result. */
  readonly done: boolean;
  /** Results that were handed out, by outcome. */
  readonly counts: { succeeded: number; failed: number };
  /** How many rounds were read to their end. */
  readonly rounds: number;
  /** Requests that were answered, or should have been, without a final result. */
  readonly held: ReadonlyMap<string, Held>;
  hasRead(batch: Batch): boolean;
  /** @returns Whether every one of them has its result. */
  hasAll(lines: number): boolean;
  /** @returns How many of them are open, though it is unknown which; undefined if the ids can be had, or were not asked for yet. */
  openUnnamed(lines: number): number | undefined;
}

/** The state of a part that hasn't been read yet. */
export const UNREAD: ReadState = {
  done: false,
  counts: { succeeded: 0, failed: 0 },
  rounds: 0,
  held: new Map(),
  hasRead: () => false,
  hasAll: () => false,
  openUnnamed: () => undefined,
};
