/**
 * What a job gets from the client.
 *
 * @module
 */

import type { Price } from "../pricing/mod.ts";
import type { Batches } from "../rest/batches.ts";
import type { Files } from "../rest/files.ts";
import type { Result } from "../results/result.ts";
import type { Clock } from "../types/platform.ts";

/** The endpoints, the time and the prices. */
export interface Surroundings {
  /** The files endpoint. */
  files: Files;
  /** The batches endpoint. */
  batches: Batches;
  /** Measures time. */
  clock: Clock;
  /** How long lists may lag behind, ms. */
  settleTime: number;
  /** Own prices. */
  prices: Record<string, Price | string> | undefined;
}

/** A result in code that serves every endpoint at once and can't name their types. */
// deno-lint-ignore no-explicit-any
export type AnyResult = Result<any, undefined>;
