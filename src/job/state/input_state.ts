/**
 * How far the caller's input was read and uploaded.
 *
 * @module
 */

import type { AnyResult } from "../../results/result.ts";

/** How far the caller's input got. */
export interface InputState {
  /** Requests read so far. */
  readonly prepared: number;
  /** Whether all parts are uploaded. */
  readonly ended: boolean;
  /** How many requests there are in all; undefined until an input that isn't a list has ended. */
  readonly total: number | undefined;
  /** Results of requests that don't fit into any part. */
  readonly refused: readonly AnyResult[];
}
