/**
 * How batches end. A status that is new in `types/batch.ts` has to be named here:
 * as one that ends a batch, or as one that it goes on from.
 *
 * @module
 */

import type { BatchStatus } from "./types/batch.ts";

/** Without the part that takes any text. */
type Named<S> = S extends string ? string extends S ? never : S : never;

/** A status that a batch keeps. */
export type EndedStatus = Exclude<
  Named<BatchStatus>,
  "validating" | "in_progress" | "finalizing" | "cancelling"
>;

const ENDED: Readonly<Record<EndedStatus, 1>> = {
  completed: 1,
  expired: 1,
  cancelled: 1,
  failed: 1,
};

/** Every status that a batch keeps. Its time is in the field `<status>_at`. */
export const ENDED_STATUSES = Object.keys(ENDED) as EndedStatus[];
