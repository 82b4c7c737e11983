/**
 * Lanes without a batch: what a request has to say to be asked in one, and
 * which requests can't be.
 *
 * @module
 */

import { asCode } from "../as_code.ts";
import { withoutVersion } from "./endpoint_table.ts";

/**
 * A lane that needs no batch, by how soon an answer is needed:
 *
 * - `standard`: at once, at the full price.
 * - `flex`: when there is room, at batch prices. Some models have it.
 * - `priority`: faster than `standard`, and dearer.
 * - `8h`, `2h`: in the background, within that window; 40 and 30 % off.
 */
export type DirectLane = "standard" | "flex" | "priority" | "8h" | "2h";

/** Those that are completion windows. */
export type Window = Extract<DirectLane, "8h" | "2h">;

type Body = Readonly<Record<string, unknown>>;

const LANES: readonly unknown[] = ["standard", "flex", "priority", "8h", "2h"];

/** Ms that each window lasts. */
export const WINDOWS: Readonly<Record<Window, number>> = {
  "8h": 8 * 3_600_000,
  "2h": 2 * 3_600_000,
};

const WITH_TIERS = ["/chat/completions", "/responses"];

/**
 * Checks the option `lane`.
 *
 * @throws {TypeError} If it is none of the lanes without a batch.
 */
export function checkLane(lane: unknown): void {
  if (lane === undefined || LANES.includes(lane)) return;
  const names = LANES.map((name) => JSON.stringify(name)).join(", ");
  throw new TypeError(
    `The option lane must be one of ${names}: it is ${asCode(lane)}`,
  );
}

export function isWindow(lane: DirectLane | undefined): lane is Window {
  return lane === "8h" || lane === "2h";
}

/**
 * Puts a body into a lane. Without one it is left as it is, so that it may
 * name its own tier, or have the one that its project has set.
 */
export function inLane(
  body: Body,
  endpoint: string,
  lane: DirectLane | undefined,
): Record<string, unknown> {
  if (isWindow(lane)) {
    const { background_options: own } = body;
    const options = { ...own as object, completion_window: lane };
    return {
      ...body,
      background: true,
      background_options: options,
      store: true,
    };
  }
  if (lane === undefined || !hasTiers(endpoint)) return { ...body };
  const service_tier = lane === "standard" ? "default" : lane;
  return { ...body, service_tier };
}

/**
 * Finds out why a request can't be asked in a lane.
 *
 * @returns The rule that it breaks, as the end of a sentence about it; undefined if it can.
 */
export function brokenByLane(
  body: Body,
  endpoint: string,
  lane: DirectLane | undefined,
): string | undefined {
  if (lane === undefined) return undefined;
  if (isWindow(lane)) return brokenByWindow(body, endpoint, lane);
  if (!hasTiers(endpoint)) {
    return lane === "standard"
      ? undefined
      : `is for ${endpoint}: the lane "${lane}" is for /v1/chat/completions and /v1/responses`;
  }
  const tier = lane === "standard" ? "default" : lane;
  return clash(body, "service_tier", [tier, "auto"], lane);
}

function brokenByWindow(
  body: Body,
  endpoint: string,
  lane: Window,
): string | undefined {
  if (withoutVersion(endpoint) !== "/responses") {
    return `is for ${endpoint}: the lane "${lane}" is for /v1/responses`;
  }
  const { background_options: options } = body;
  const own = typeof options === "object" && options !== null ? options : {};
  return clash(body, "service_tier", ["default", "auto"], lane) ??
    clash(body, "background", [true], lane) ??
    clash(body, "store", [true], lane) ??
    clash({ ...own }, "completion_window", [lane], lane);
}

/** A contradiction: it isn't clear which one is meant. */
function clash(
  fields: Body,
  name: string,
  allowed: unknown[],
  lane: DirectLane,
): string | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || allowed.includes(value)) return undefined;
  return `has the ${name} ${asCode(value)}, which is not that of ` +
    `the lane "${lane}": leave one of the two out`;
}

function hasTiers(endpoint: string): boolean {
  return WITH_TIERS.includes(withoutVersion(endpoint));
}
