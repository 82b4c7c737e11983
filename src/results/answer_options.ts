/**
 * The options that say what counts as an answer, for jobs and direct calls.
 *
 * @module
 */

import { asCode, kindOf } from "../as_code.ts";
import { checkName, checkPositive } from "../check_options.ts";
import type { Chat, Endpoint, Params } from "../types/endpoints.ts";
import type { StandardSchema } from "../types/standard_schema.ts";
import type { AnyResult, Result } from "./result.ts";

/**
 * What counts as an answer.
 *
 * @typeParam E The endpoint of the requests.
 * @typeParam T The type of `parsed`.
 */
export interface AnswerOptions<E extends Endpoint = Chat, T = undefined> {
  /**
   * Checks each answer and types it as `parsed`. An answer that doesn't satisfy
   * the schema is a failure with the code "invalid_output", and so is one without
   * text (only tool calls). With n > 1, the first output is parsed.
   *
   * If the schema can produce its JSON Schema (Standard JSON Schema: zod ≥ 4.2,
   * arktype, valibot with `toStandardJsonSchema`), `response_format` (or
   * `text.format`) is set from it in strict mode, unless the params already have
   * one or `parse` isn't "json". If strict mode would refuse the schema, you get a
   * TypeError before anything is sent. The same goes for a schema that changes a
   * value's type (a codec, a transform): it can't say what the model should write.
   */
  // deno-lint-ignore no-explicit-any
  schema?: StandardSchema<any, T> | undefined;
  /**
   * What the schema is given: the JSON value, the text, or whatever your function
   * makes of the text (if it throws, the answer is invalid). An output that isn't
   * text, such as an embedding, is passed as it is.
   *
   * @default "json"
   */
  parse?: "json" | "text" | ((text: string) => unknown) | undefined;
  /** The format's name in the request, 1 to 64 characters of A-Z, a-z, 0-9, _ and -. @default "output" */
  schemaName?: string | undefined;
  /** How many times to try a request, the first attempt included. @default 3 */
  maxAttempts?: number | undefined;
  /**
   * Whether to try a request again: return `true`, or params for the next attempt
   * (of the same endpoint), which are merged over the request's own, key by key.
   * Called for answers, and for failures that aren't retried anyway, such as
   * "invalid_output" or those of a refused batch. Not called for what you would
   * only pay for twice, such as "response_queued".
   *
   * It must return at once (no promise) and depend on nothing but the result: it
   * is called again after a restart.
   */
  retry?:
    | ((result: Result<NoInfer<E>, NoInfer<T>>) => boolean | Params<NoInfer<E>>)
    | undefined;
}

/** The options, checked and complete. */
export interface AnswerSettings {
  /** How many times to try a request, the first attempt included. */
  maxAttempts: number;
  /** The caller's own rule. */
  retry:
    | ((result: AnyResult) => boolean | Record<string, unknown>)
    | undefined;
  /** What an answer must satisfy. */
  schema: SchemaSettings | undefined;
}

/** What an answer must satisfy. */
export interface SchemaSettings {
  /** The schema. */
  schema: StandardSchema;
  /** What the schema is given. */
  parse: "json" | "text" | ((text: string) => unknown);
  /** The format's name in the request. */
  name: string;
}

/**
 * Checks these options.
 *
 * @param options What the caller passed, of these options only.
 * @throws {TypeError} If an option has the wrong type, or needs a schema and there is none.
 * @throws {RangeError} If `maxAttempts` is not a positive whole number.
 */
export function readAnswerOptions<E extends Endpoint, T>(
  options: AnswerOptions<E, T>,
): AnswerSettings {
  const { maxAttempts = 3, retry } = options;
  checkPositive("maxAttempts", maxAttempts);
  if (retry !== undefined && typeof retry !== "function") {
    throw new TypeError(
      `The option retry must be a function of the result: it is ${
        kindOf(retry)
      }`,
    );
  }
  return {
    maxAttempts,
    retry: retry as AnswerSettings["retry"],
    schema: readSchemaOptions(options),
  };
}

function readSchemaOptions<E extends Endpoint, T>(
  { schema, parse, schemaName }: AnswerOptions<E, T>,
): SchemaSettings | undefined {
  if (schema === undefined) {
    const without = parse !== undefined ? "parse" : "schemaName";
    if (parse === undefined && schemaName === undefined) return undefined;
    throw new TypeError(`The option ${without} needs a schema`);
  }
  const standard = (schema as Partial<StandardSchema> | null)?.["~standard"];
  if (typeof standard?.validate !== "function") {
    throw new TypeError(
      `The option schema must be a Standard Schema, from zod, valibot or arktype for example: it is ${
        kindOf(schema)
      }`,
    );
  }
  checkParse(parse);
  if (schemaName !== undefined) checkName("schemaName", schemaName);
  return { schema, parse: parse ?? "json", name: schemaName ?? "output" };
}

function checkParse(parse: unknown): void {
  const known = [undefined, "json", "text"];
  if (typeof parse === "function" || known.includes(parse as string)) return;
  throw new TypeError(
    `The option parse must be "json", "text" or a function of the text: it is ${
      asCode(parse)
    }`,
  );
}
