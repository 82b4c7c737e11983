/**
 * Dates as text.
 *
 * @module
 */

import type { Fields } from "./_translate.ts";

/** Writes every `…_at` in ISO 8601. */
export function isoDates(fields: object): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      name.endsWith("_at") && typeof value === "number"
        ? new Date(value * 1_000).toISOString()
        : value,
    ]),
  );
}
