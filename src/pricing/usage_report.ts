/**
 * What the answers of a run used and cost.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import type { Cost } from "./cost.ts";
import type { Lane } from "./lane.ts";

/**
 * Everything that was paid for, including failed and repeated attempts. A cost is
 * undefined as soon as that of one model is.
 */
export interface UsageReport extends Usage, Cost {
  /** One row per model and lane, in the order of their first answers. After 1,000 rows, the model is "others", which has no known price. */
  models: (Usage & Cost & {
    /** The model that answered; or the model in the request, if only that one has a price of yours. */
    model: string;
    /** The lane its answers are priced by. */
    lane: Lane;
    /** How many answers it gave. */
    requests: number;
  })[];
}
