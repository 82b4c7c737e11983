/**
 * The key of a call: the same for the same call in every process.
 *
 * @module
 */

import { sha256 } from "./_sha256.ts";

/** Hex digits of a key: 128 bits, as no two calls may have the same by chance. */
const KEY_DIGITS = 32;

/**
 * The key of a call: a digest of its endpoint and its body, whatever the order
 * of the body's keys, or of the name that the caller gave it.
 *
 * @param endpoint The endpoint.
 * @param body The body.
 * @param name The call's own name, from `x-offpeak-key`.
 * @returns 32 hex digits.
 */
export function keyOf(
  endpoint: string,
  body: object,
  name: string | undefined,
): string {
  const what = name === undefined ? sorted(body) : `name ${name}`;
  return sha256(`${endpoint}\n${what}`).slice(0, KEY_DIGITS);
}

/** JSON with the keys of each object in order. */
function sorted(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sorted)}]`;
  const fields = value as Record<string, unknown>;
  return `{${
    Object.keys(fields).sort()
      .map((key) => `${JSON.stringify(key)}:${sorted(fields[key])}`)
  }}`;
}
