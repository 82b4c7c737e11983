/**
 * Whether a schema gives what it takes. The model writes what the schema gives;
 * where that has another type than what it takes (a codec, a transform), no
 * answer would ever satisfy it.
 *
 * @module
 */

import { type JSONSchema, refuse } from "./_strict_mode.ts";

/**
 * Compares the two sides of a schema, as far as both name types.
 *
 * @throws {TypeError} If a type differs; the message names the place.
 */
export function checkSameTypes(
  taken: JSONSchema,
  given: JSONSchema,
  place = "$",
): void {
  for (const [key, value] of Object.entries(taken)) {
    const other = Object.hasOwn(given, key) ? given[key] : undefined;
    if (isObject(value) && isObject(other)) {
      checkSameTypes(value, other, `${place}.${key}`);
    } else if (
      key === "type" && other !== undefined && `${value}` !== `${other}`
    ) {
      refuse(`${place} takes a ${value} and makes a ${other} of it`);
    }
  }
}

function isObject(value: unknown): value is JSONSchema {
  return typeof value === "object" && value !== null;
}
