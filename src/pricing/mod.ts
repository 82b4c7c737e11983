/**
 * Prices, costs and the usage table: pure functions over tokens.
 *
 * @module
 */

export { type Cost, costOf } from "./cost.ts";
export {
  byLane,
  type Estimate,
  EstimateCounter,
  type EstimateEntry,
  type LaneCosts,
  type Uncounted,
} from "./estimate.ts";
export { checkPrices } from "./check_prices.ts";
export {
  askedLane,
  type Lane,
  laneOf,
  LANES,
  type PricedLane,
} from "./lane.ts";
export { type LanePrice, type Price, priceOf } from "./price.ts";
export { readUsage } from "./read_usage.ts";
export { UsageCounter } from "./usage_counter.ts";
export type { UsageReport } from "./usage_report.ts";
export { type TableOptions, usageTable } from "./usage_table.ts";
export { extrapolate, type SampleEstimate } from "./extrapolate.ts";
export type { Range } from "./range.ts";
