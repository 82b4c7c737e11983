/**
 * A JSON Schema as the library takes schemas. It checks what strict mode
 * knows; other servers than OpenAI's may write what does not fit.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import type { StandardSchema } from "../../mod.ts";
import { checkStrict } from "../../src/requests/_strict_mode.ts";
import { UsageError } from "../messages/errors.ts";
import type { JsonSchema } from "./fields.ts";

type Value = Record<string, unknown>;

/** The schema of the answers, and the columns it makes. */
export interface Answers {
  /** For the library. Its output type is unknown here. */
  schema: StandardSchema<unknown, undefined>;
  /** The names of its fields. */
  fields: readonly string[];
}

/**
 * Reads a file with a JSON Schema.
 *
 * @param path The file.
 * @returns The schema.
 * @throws {UsageError} If it has no schema in it.
 */
export function readSchemaFile(path: string): JsonSchema {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`The schema ${path} is not JSON: correct it`);
  }
  if (isObject(value)) return value;
  throw new UsageError(`The schema ${path} must be a JSON object`);
}

/**
 * Takes a schema for strict mode.
 *
 * @param schema The schema.
 * @param name What messages call it: a file, or "--fields".
 * @returns What the library takes, and the fields.
 * @throws {UsageError} If strict mode would refuse it.
 */
export function answersOf(schema: JsonSchema, name: string): Answers {
  try {
    checkStrict(schema);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // What else it says is of the library's own options.
    const [why] = error.message.split(". Change it", 1);
    throw new UsageError(`The schema ${name}: ${why}`);
  }
  return {
    schema: standardOf(schema),
    fields: Object.keys(schema.properties as JsonSchema),
  };
}

function standardOf(schema: JsonSchema): Answers["schema"] {
  return {
    "~standard": {
      version: 1,
      vendor: "openai-batch",
      validate: (value) => {
        const message = issueOf(value, schema, schema, "the answer");
        return message === undefined
          ? { value: value as undefined }
          : { issues: [{ message }] };
      },
      jsonSchema: { output: () => schema },
    },
  };
}

/** What is wrong with a value; undefined if it fits. */
function issueOf(
  value: unknown,
  schema: JsonSchema,
  root: JsonSchema,
  place: string,
): string | undefined {
  const { $ref, anyOf, type, enum: values } = schema;
  if (typeof $ref === "string") {
    return issueOf(value, resolve($ref, root), root, place);
  }
  if (Array.isArray(anyOf)) {
    const fits = anyOf.some((option) =>
      issueOf(value, option, root, place) === undefined
    );
    if (!fits) return `${place} matches none of its options`;
  }
  const types = type === undefined ? [] : [type].flat() as string[];
  if (types.length > 0 && !types.some((name) => isOf(value, name))) {
    return `${place} isn't of the type ${types.join(" or ")}`;
  }
  const allowed = Array.isArray(values)
    ? values
    : "const" in schema
    ? [schema.const]
    : undefined;
  if (allowed && !allowed.some((one) => isSame(one, value))) {
    return `${place} must be one of ${
      allowed.map((one) => JSON.stringify(one)).join(", ")
    }`;
  }
  if (Array.isArray(value)) return itemIssue(value, schema, root, place);
  return isObject(value) ? fieldIssue(value, schema, root, place) : undefined;
}

function itemIssue(
  items: unknown[],
  schema: JsonSchema,
  root: JsonSchema,
  place: string,
): string | undefined {
  if (!isObject(schema.items)) return undefined;
  for (const [i, item] of items.entries()) {
    const issue = issueOf(item, schema.items, root, `${place}[${i}]`);
    if (issue !== undefined) return issue;
  }
  return undefined;
}

function fieldIssue(
  value: Value,
  schema: JsonSchema,
  root: JsonSchema,
  place: string,
): string | undefined {
  if (!isObject(schema.properties)) return undefined;
  for (const [name, field] of Object.entries(schema.properties)) {
    if (!Object.hasOwn(value, name)) return `${place} has no ${name}`;
    const issue = issueOf(value[name], field as JsonSchema, root, name);
    if (issue !== undefined) return issue;
  }
  const extra = Object.keys(value).find((name) =>
    !Object.hasOwn(schema.properties as object, name)
  );
  return extra === undefined ? undefined : `${place} has an extra field`;
}

/** A part of the schema, such as "#/$defs/step". */
function resolve(reference: string, root: JsonSchema): JsonSchema {
  let found: unknown = root;
  for (const part of reference.split("/").slice(1)) {
    const key = decodeURIComponent(part).replaceAll("~1", "/")
      .replaceAll("~0", "~");
    found = isObject(found) && Object.hasOwn(found, key)
      ? found[key]
      : undefined;
  }
  if (isObject(found)) return found;
  throw new UsageError(
    `The schema refers to ${reference}, which it doesn't have`,
  );
}

function isOf(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "number") return typeof value === "number";
  return type === "boolean"
    ? typeof value === "boolean"
    : typeof value === "string";
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: unknown): value is Value {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
