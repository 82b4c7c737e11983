/**
 * Whether a schema's output has the type of its input. The model is told to write
 * the output. If that has another type (a codec, a transform), no answer would ever
 * satisfy the schema.
 *
 * @module
 */

import { type JSONSchema, refuse } from "./_strict_mode.ts";

/**
 * Compares a schema's input and output, as far as both name types.
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
