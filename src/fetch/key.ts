/**
 * The key of a call: the same for the same call in every process.
 *
 * @module
 */

import { digestOf } from "./_digest.ts";

/**
 * The key of a call: a digest of its endpoint and body, whatever the order of the
 * body's keys; or of the name the caller gave it.
 *
 * @returns 32 hex digits, so many that no two calls have the same by chance.
 */
export function keyOf(
  endpoint: string,
  body: object,
  name: string | undefined,
): string {
  const what = name === undefined
    ? JSON.stringify(inOrder(body))
    : `name ${name}`;
  return digestOf(`${endpoint}\n${what}`);
}

/** The same with each object as the list of its keys, sorted, and that of their values. */
function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const fields = value as Record<string, unknown>;
  const keys = Object.keys(fields).sort();
  return { keys, values: keys.map((key) => inOrder(fields[key])) };
}
