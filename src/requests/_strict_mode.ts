/**
 * The part of JSON Schema that OpenAI's strict mode accepts. It answers 400 to
 * anything else; in a batch you would learn that hours later, for every request.
 *
 * @module
 */

/** A JSON Schema, or a part of one. */
export type JSONSchema = Record<string, unknown>;

/** What the guide and the official SDK name, and what users have seen refused. */
const REFUSED = [
  "allOf oneOf not if then else",
  "dependencies dependentRequired dependentSchemas",
  "patternProperties propertyNames unevaluatedProperties",
  "minProperties maxProperties",
  "prefixItems additionalItems unevaluatedItems uniqueItems",
  "contains minContains maxContains",
  "contentEncoding contentMediaType contentSchema",
  "$anchor $dynamicAnchor $dynamicRef",
  "default minLength maxLength",
].join(" ").split(" ");

const FORMATS = "date-time date time duration email hostname ipv4 ipv6 uuid"
  .split(" ");

/** One of them says what a value may be. */
const KINDS = ["type", "anyOf", "enum", "const", "$ref"];

const LOOKAROUND = /(?<!\\)\(\?<?[=!]/;
const MOST_PROPERTIES = 5_000;
const MOST_ENUM_VALUES = 1_000;

/**
 * Checks a schema for strict mode.
 *
 * @throws {TypeError} If strict mode would refuse it; the message names the place and the rule.
 */
export function checkStrict(schema: JSONSchema): void {
  if (schema.type !== "object") refuse("$ must be an object");
  if ("anyOf" in schema) refuse("$ must not be a union");
  let properties = 0;
  let values = 0;
  for (const [place, node] of nodesOf(schema, "$")) {
    checkNode(place, node);
    properties += Object.keys(asObject(node.properties)).length;
    values += asList(node.enum).length;
  }
  if (properties > MOST_PROPERTIES) {
    refuse(`it has ${properties} properties, ${MOST_PROPERTIES} are allowed`);
  }
  if (values > MOST_ENUM_VALUES) {
    refuse(`it has ${values} enum values, ${MOST_ENUM_VALUES} are allowed`);
  }
}

/**
 * Says why a schema can't be sent, and what to do instead.
 *
 * @throws {TypeError} Always.
 */
export function refuse(why: string, options?: ErrorOptions): never {
  throw new TypeError(
    `OpenAI's strict mode doesn't accept the schema: ${why}. Change it, or set ` +
      "the format yourself in `params` (`response_format`, `text.format`). " +
      "With `parse: JSON.parse`, no format is sent",
    options,
  );
}

/** Every schema within a schema, with its place. */
function* nodesOf(
  node: unknown,
  place: string,
): Generator<[place: string, node: JSONSchema]> {
  if (typeof node !== "object" || node === null || Array.isArray(node)) {
    refuse(`${place} must be a schema object`);
  }
  yield [place, node as JSONSchema];
  const { properties, $defs, definitions, items, anyOf } = node as JSONSchema;
  for (
    const [key, children] of Object.entries({ properties, $defs, definitions })
  ) {
    for (const [name, child] of Object.entries(asObject(children))) {
      yield* nodesOf(child, `${place}.${key}.${name}`);
    }
  }
  if (items !== undefined) yield* nodesOf(items, `${place}.items`);
  for (const [index, child] of asList(anyOf).entries()) {
    yield* nodesOf(child, `${place}.anyOf[${index}]`);
  }
}

function checkNode(place: string, node: JSONSchema): void {
  const keyword = REFUSED.find((name) => name in node);
  if (keyword) refuse(`${place} has \`${keyword}\`, which is not allowed`);
  if (!KINDS.some((name) => name in node)) {
    refuse(`${place} takes any value: it must have a type`);
  }
  if ("$ref" in node) checkReference(place, node);
  const types = [node.type].flat();
  if (types.includes("object") || "properties" in node) {
    checkObject(place, node);
  }
  if (types.includes("array") && !("items" in node)) {
    refuse(`${place} is an array and must have \`items\``);
  }
  if ("format" in node && !FORMATS.includes(String(node.format))) {
    const known = FORMATS.join(", ");
    refuse(`${place} has the format "${node.format}": it may be ${known}`);
  }
  if (typeof node.pattern === "string" && LOOKAROUND.test(node.pattern)) {
    refuse(`${place} has a pattern with a lookaround, which is not allowed`);
  }
}

function checkReference(place: string, node: JSONSchema): void {
  if (!String(node.$ref).startsWith("#")) {
    refuse(`${place} refers to another document`);
  }
  if (Object.keys(node).length > 1) {
    refuse(`${place} has a \`$ref\`, which must stand alone`);
  }
}

function checkObject(place: string, node: JSONSchema): void {
  if (node.additionalProperties !== false) {
    refuse(
      `${place} must have \`additionalProperties: false\` ` +
        '(valibot: strictObject; arktype: "+": "reject")',
    );
  }
  const required = asList(node.required);
  const optional = Object.keys(asObject(node.properties)).find((name) =>
    !required.includes(name)
  );
  if (optional !== undefined) {
    refuse(
      `${place}.properties.${optional} is optional: ` +
        "every property must be required, and may be nullable instead",
    );
  }
}

function asObject(value: unknown): JSONSchema {
  return typeof value === "object" && value !== null ? value as JSONSchema : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
