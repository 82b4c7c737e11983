/**
 * An instance of a JSON Schema, as a model in strict mode would write one:
 * small, always the same, and valid.
 *
 * @module
 */

import { isRecord, recordOf } from "./_json.ts";
import { textMatching } from "./_pattern_text.ts";

type Schema = Record<string, unknown>;

/** Schemas may contain themselves: an instance that is deeper goes another way. */
const DEEPEST = 12;

/** What satisfies a `format`, and mostly the pattern that a library puts beside it. */
const FORMATS: ReadonlyMap<unknown, string> = new Map([
  ["date-time", "2026-01-01T00:00:00Z"],
  ["date", "2026-01-01"],
  ["time", "00:00:00Z"],
  ["duration", "P1D"],
  ["email", "name@example.com"],
  ["hostname", "example.com"],
  ["ipv4", "192.0.2.1"],
  ["ipv6", "2001:db8::1"],
  ["uri", "https://example.com/"],
  ["uuid", "123e4567-e89b-42d3-a456-426614174000"],
]);

/**
 * The schema that a request's answer must satisfy.
 *
 * @returns undefined if it names none.
 */
export function schemaOf(body: Schema): Schema | undefined {
  const chat = recordOf(recordOf(body.response_format).json_schema);
  const responses = recordOf(recordOf(body.text).format);
  return [chat.schema, responses.schema].find(isRecord);
}

/**
 * Makes an instance.
 *
 * @param text What its texts say, where they may say anything.
 * @throws {TypeError} If none can be made.
 */
export function instanceOf(schema: Schema, text: string): unknown {
  return new Instances(schema, text).make(schema, 0);
}

class Instances {
  readonly #root: Schema;
  readonly #text: string;

  constructor(root: Schema, text: string) {
    this.#root = root;
    this.#text = text;
  }

  make(given: unknown, depth: number): unknown {
    if (depth > DEEPEST) throw new TypeError("The schema has no end");
    const schema = this.#whole(given, depth);
    if ("const" in schema) return schema.const;
    if (Array.isArray(schema.enum)) return schema.enum[0];
    const choices = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(choices)) return this.#any(choices, depth);
    switch (typeOf(schema)) {
      case "object":
        return this.#object(schema, depth);
      case "array":
        return this.#array(schema, depth);
      case "integer":
      case "number":
        return numberIn(schema);
      case "boolean":
        return true;
      case "null":
        return null;
      default:
        return this.#string(schema);
    }
  }

  /** With what `$ref` and `allOf` add to it. */
  #whole(given: unknown, depth: number): Schema {
    const { $ref, allOf, ...own } = recordOf(given);
    if (typeof $ref !== "string" && !Array.isArray(allOf)) return own;
    if (depth > DEEPEST) throw new TypeError("The schema has no end");
    const others = [
      ...(typeof $ref === "string" ? [this.#resolve($ref)] : []),
      ...(Array.isArray(allOf) ? allOf : []),
    ].map((schema) => this.#whole(schema, depth + 1));
    return [...others, own].reduce(merged, {});
  }

  #resolve(ref: string): unknown {
    const path = ref.replace(/^#\/?/, "").split("/").filter(Boolean);
    return path.reduce<unknown>(
      (schema, key) =>
        recordOf(schema)[key.replaceAll("~1", "/").replaceAll("~0", "~")],
      this.#root,
    );
  }

  #any(choices: unknown[], depth: number): unknown {
    for (const choice of choices) {
      const made = this.#tryMake(choice, depth);
      if (made) return made.value;
    }
    throw new TypeError("None of the schema's alternatives has an instance");
  }

  #tryMake(schema: unknown, depth: number): { value: unknown } | undefined {
    try {
      return { value: this.make(schema, depth + 1) };
    } catch {
      return undefined;
    }
  }

  #object({ properties, required }: Schema, depth: number): unknown {
    const needed = Array.isArray(required) ? required : [];
    const entries = Object.entries(recordOf(properties)).flatMap(
      ([name, schema]) => {
        if (needed.includes(name)) {
          return [[name, this.make(schema, depth + 1)]];
        }
        const made = this.#tryMake(schema, depth);
        return made ? [[name, made.value]] : [];
      },
    );
    return Object.fromEntries(entries);
  }

  #array({ items, prefixItems, minItems, maxItems }: Schema, depth: number) {
    const first = Array.isArray(prefixItems) ? prefixItems : [];
    const values = first.map((schema) => this.make(schema, depth + 1));
    const least = Math.max(Number(minItems ?? 0), values.length);
    const most = Number(maxItems ?? Infinity);
    // One item shows more than none, but a schema that contains itself has an end.
    const item = values.length < most && items !== false
      ? this.#tryMake(items, depth)
      : undefined;
    if (!item && values.length < least) {
      throw new TypeError("The schema's list has no items");
    }
    const wanted = item ? Math.max(least, first.length > 0 ? 0 : 1) : 0;
    while (item && values.length < wanted) values.push(item.value);
    return values;
  }

  #string({ format, pattern, minLength, maxLength }: Schema): string {
    const least = Number(minLength ?? 0);
    const most = Number(maxLength ?? Infinity);
    const known = FORMATS.get(format);
    const source = typeof pattern === "string" ? pattern : undefined;
    const isFit = (text: string) =>
      text.length >= least && text.length <= most &&
      (source === undefined || new RegExp(source, "u").test(text));
    if (known !== undefined && isFit(known)) return known;
    if (source !== undefined) return textMatching(source, isFit);
    return (this.#text || "text").padEnd(least, ".").slice(0, most);
  }
}

function typeOf({ type, properties, items }: Schema): unknown {
  if (Array.isArray(type)) return type.find((one) => one !== "null") ?? "null";
  if (type !== undefined) return type;
  if (properties !== undefined) return "object";
  return items === undefined ? "string" : "array";
}

function merged(a: Schema, b: Schema): Schema {
  const properties = { ...recordOf(a.properties), ...recordOf(b.properties) };
  const required = [a.required, b.required].flatMap((names) =>
    Array.isArray(names) ? names : []
  );
  const isObject = a.properties !== undefined || b.properties !== undefined;
  return { ...a, ...b, ...(isObject ? { properties, required } : {}) };
}

/** 1 if its bounds allow it, else a number between them. */
function numberIn(schema: Schema): number {
  const { type, minimum, maximum, multipleOf } = schema;
  const { exclusiveMinimum, exclusiveMaximum } = schema;
  const low = Number(exclusiveMinimum ?? minimum ?? -Infinity);
  const high = Number(exclusiveMaximum ?? maximum ?? Infinity);
  const isFit = (value: number) =>
    value >= low && value <= high && value !== exclusiveMinimum &&
    value !== exclusiveMaximum;
  const step = Number(multipleOf ?? (type === "integer" ? 1 : 0));
  const near = Math.min(Math.max(1, low), high);
  const values = step === 0
    ? [near, (low + high) / 2, near + 0.5, near - 0.5]
    : [0, 1, -1].map((more) => (Math.ceil(near / step) + more) * step);
  const found = values.find(isFit);
  if (found !== undefined) return found;
  throw new TypeError("The schema's bounds leave no number");
}
