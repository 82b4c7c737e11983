/**
 * Service tiers of the synchronous endpoints.
 *
 * @module
 */

import { tariffOf } from "../pricing/price.ts";
import { HttpError, invalidValue } from "./_http_error.ts";

const TIERS = [
  "auto",
  "default",
  "flex",
  "scale",
  "priority",
  "fast",
  "ultrafast",
];

const WITH_TIERS = ["/v1/responses", "/v1/chat/completions"];

/** What an answer calls the tier that was asked for. */
const GRANTED: ReadonlyMap<unknown, string> = new Map([
  ["auto", "default"],
  ["fast", "priority"],
]);

/**
 * The tier that an answer names.
 *
 * @returns The tier that was asked for, under its own name.
 */
export function grantedTier({ service_tier }: Record<string, unknown>): string {
  const tier = service_tier ?? "auto";
  return GRANTED.get(tier) ?? String(tier);
}

/**
 * Checks the tier that a call asks for.
 *
 * @throws {HttpError} 400 for a tier that does not exist, and for flex where the price table has no such price of the model.
 */
export function checkTier(
  endpoint: string,
  { service_tier: tier, model }: Record<string, unknown>,
): void {
  if (tier === undefined || tier === null) return;
  if (!WITH_TIERS.includes(endpoint)) {
    throw new HttpError(400, "Unknown parameter: 'service_tier'.", {
      param: "service_tier",
      code: "unknown_parameter",
    });
  }
  if (!TIERS.includes(String(tier))) {
    throw invalidValue("service_tier", tier, TIERS);
  }
  if (tier !== "flex") return;
  const lanes = tariffOf(String(model))?.lanes;
  if (!lanes || lanes.has("flex")) return;
  throw new HttpError(
    400,
    "Flex is not available for this model.",
    { param: "service_tier", code: "invalid_service_tier" },
  );
}

/** 429 where flex has no room: nothing ran, and nothing is charged. */
export function noRoom(): HttpError {
  return new HttpError(
    429,
    "Resource unavailable: there is no flex capacity right now.",
    { type: "resource_unavailable", code: "resource_unavailable" },
  );
}
