/**
 * How soon you need an answer, and so what it costs.
 *
 * @module
 */

import type { Open } from "../types/platform.ts";

/** A lane that has prices. */
export type PricedLane =
  | "batch"
  | "8h"
  | "2h"
  | "flex"
  | "standard"
  | "priority"
  | "ultrafast";

/** The lanes that have prices, from the slowest to the fastest. */
export const LANES: readonly PricedLane[] = [
  "batch",
  "8h",
  "2h",
  "flex",
  "standard",
  "priority",
  "ultrafast",
];

/**
 * How soon you need an answer, and so what it costs:
 *
 * - `batch`: within 24 hours, by file; usually half the standard price.
 * - `8h`, `2h`: background responses with that window; 40 and 30 % off.
 * - `flex`: when there is room, at batch prices.
 * - `standard`: at once.
 * - `priority`, `ultrafast`: faster than that, and dearer.
 *
 * Any other name is a lane without a known price, such as the tier `scale`.
 */
export type Lane = Open<PricedLane>;

/** `service_tier` has names of its own for two lanes. */
const TIERS: ReadonlyMap<string, Lane> = new Map([
  ["auto", "standard"],
  ["default", "standard"],
  ["fast", "priority"],
]);

/**
 * The lane a direct request asks for.
 *
 * @returns Its window if it runs in the background with one, otherwise its tier.
 */
export function askedLane(body: Readonly<Record<string, unknown>>): Lane {
  const { background_options: options } = body;
  const window = typeof options === "object" && options !== null &&
    "completion_window" in options && options.completion_window;
  return typeof window === "string" ? window : tierOf(body) ?? "standard";
}

/**
 * The lane an answer is priced by. A batch and a window are priced as such,
 * whatever tier the answer names: lines of batches say "default". Any other answer
 * is priced by its tier, which isn't always the one you asked for.
 *
 * @returns Its lane; the one it was sent in if the answer names no tier.
 */
export function laneOf(
  asked: Lane,
  body: Readonly<Record<string, unknown>>,
): Lane {
  const isTiered = asked !== "batch" && !/^\d+[hd]$/.test(asked);
  return isTiered ? tierOf(body) ?? asked : asked;
}

function tierOf({ service_tier: tier }: Record<string, unknown>) {
  if (typeof tier !== "string" || tier === "") return undefined;
  return TIERS.get(tier) ?? tier;
}
