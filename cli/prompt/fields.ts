/**
 * `--fields "mood:good|bad, stars:int, why"`: a schema for the common case.
 *
 * @module
 */

import { UsageError } from "../messages/errors.ts";
import { nearest } from "../flags/nearest.ts";

/** A JSON Schema. */
export type JsonSchema = Record<string, unknown>;

const TYPES: ReadonlyMap<string, JsonSchema> = new Map(Object.entries({
  text: { type: "string" },
  string: { type: "string" },
  int: { type: "integer" },
  integer: { type: "integer" },
  number: { type: "number" },
  bool: { type: "boolean" },
  boolean: { type: "boolean" },
  date: { type: "string", format: "date" },
}));

const KNOWN =
  "text, int, number, bool, date, or values such as good|bad, each with [] for a list";

/**
 * Makes a schema of fields.
 *
 * @param text Names, each with a type or not: "mood:good|bad, stars:int, tags:text[], why".
 * @returns A schema for strict mode.
 * @throws {UsageError} If it can't be read, with a reason to follow the option's name: "must be …".
 */
export function readFields(text: string): JsonSchema {
  const properties = new Map<string, JsonSchema>();
  for (const field of text.split(",")) {
    const [name = "", ...rest] = field.split(":");
    const key = name.trim();
    if (!key) {
      throw new UsageError('must be names, such as "mood:good|bad, why"');
    }
    if (properties.has(key)) throw new UsageError(`has ${key} twice`);
    const type = rest.length > 0 ? rest.join(":").trim() : "text";
    properties.set(key, typeOf(key, type));
  }
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: [...properties.keys()],
    additionalProperties: false,
  };
}

function typeOf(name: string, text: string): JsonSchema {
  if (text.endsWith("[]")) {
    return { type: "array", items: typeOf(name, text.slice(0, -2)) };
  }
  const known = TYPES.get(text);
  if (known) return known;
  const values = text.split("|").map((value) => value.trim());
  if (values.length > 1 && values.every(Boolean)) {
    return { type: "string", enum: [...new Set(values)] };
  }
  const near = nearest(text, TYPES.keys());
  throw new UsageError(
    `has the type ${JSON.stringify(text)} for ${name}${
      near ? `. Did you mean ${near}?` : "."
    } Types: ${KNOWN}`,
  );
}
