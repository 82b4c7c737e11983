/**
 * A request's output format, from the caller's schema. In strict mode, the model
 * can't write anything else.
 *
 * @module
 */

import type { SchemaSettings } from "../results/answer_options.ts";
import type { StandardSchema } from "../types/standard_schema.ts";
import { formatFieldOf } from "./endpoint_table.ts";
import { checkSameTypes } from "./_same_types.ts";
import { checkStrict, type JSONSchema, refuse } from "./_strict_mode.ts";

type Fields = Record<string, unknown>;
type JSONSchemas = NonNullable<StandardSchema["~standard"]["jsonSchema"]>;

/** What the answers look like. */
export interface OutputFormat {
  /** The format's name. */
  name: string;
  /**
   * Its JSON Schema, made when the first request needs it: a request with its own
   * format doesn't.
   *
   * @throws {TypeError} If there is none, or strict mode would refuse it.
   */
  readonly schema: JSONSchema;
}

/**
 * The format that a schema asks for.
 *
 * @returns undefined if the model may write any text, or the schema can't produce its JSON Schema.
 */
export function formatOf(
  settings: SchemaSettings | undefined,
): OutputFormat | undefined {
  const schemas = settings?.schema["~standard"].jsonSchema;
  if (!settings || !schemas || settings.parse !== "json") return undefined;
  let schema: JSONSchema | undefined;
  return {
    name: settings.name,
    get schema() {
      return schema ??= toStrict(schemas);
    },
  };
}

/**
 * Sets the format of a request that has none.
 *
 * @returns The body; the same one if the endpoint takes no format.
 * @throws {TypeError} If strict mode would refuse the schema.
 */
export function withFormat(
  body: Fields,
  endpoint: string,
  format: OutputFormat,
): Fields {
  const { name } = format;
  switch (formatFieldOf(endpoint)) {
    case "response_format": {
      if (body.response_format !== undefined) return body;
      const json_schema = { name, strict: true, schema: format.schema };
      return { ...body, response_format: { type: "json_schema", json_schema } };
    }
    case "text": {
      const text = body.text as Fields | null | undefined;
      if (text?.format !== undefined) return body;
      const own = { name, strict: true, schema: format.schema };
      return {
        ...body,
        text: { ...text, format: { type: "json_schema", ...own } },
      };
    }
    default:
      return body;
  }
}

function toStrict(schemas: JSONSchemas): JSONSchema {
  const [given, taken] = tell(schemas);
  checkStrict(given);
  if (taken) checkSameTypes(taken, given);
  return given;
}

function tell(schemas: JSONSchemas): [given: JSONSchema, taken?: JSONSchema] {
  const options = { target: "draft-2020-12" };
  try {
    const given = schemas.output(options);
    return schemas.input ? [given, schemas.input(options)] : [given];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "it can't be told";
    return refuse(why, { cause });
  }
}
