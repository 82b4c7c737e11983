/**
 * What the rooms of the server share.
 *
 * @module
 */

import type { Batch } from "../../mod.ts";
import type { Simulator, VirtualClock } from "../../src/testing/mod.ts";
import type { Coverage } from "./coverage.ts";
import type { Random } from "./random.ts";
import type { Oddities } from "./scenario.ts";

/** The fields of an object on the wire. */
export type Fields = Record<string, unknown>;

/** A batch that the simulator failed for want of its file, and what it is to say. */
export interface Refused {
  fileId: string;
  errors: Batch["errors"];
}

/** One server. */
export interface ServerState {
  readonly sim: Simulator;
  readonly clock: VirtualClock;
  readonly oddities: Oddities;
  readonly random: Random;
  readonly coverage: Coverage;
  /** When each file and batch of the job was created. */
  readonly created: Map<string, number>;
  /** The batches that this server refuses, by their ids. */
  readonly refused: Map<string, Refused>;
}
