/**
 * Standard Schema and Standard JSON Schema (https://standardschema.dev), as
 * far as they are used here. Types only: zod, valibot, arktype and others fit
 * them without an import.
 *
 * @module
 */

import type { MaybePromise, Open } from "./platform.ts";

/**
 * A schema of zod, valibot, arktype or any other library that follows Standard
 * Schema.
 *
 * @typeParam Input What it takes.
 * @typeParam Output What it gives.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What the standard says. */
  readonly "~standard": {
    /** The standard's version. */
    readonly version: 1;
    /** The library's name. */
    readonly vendor: string;
    /** Gives the value, or what is wrong with it. */
    readonly validate: (value: unknown) => MaybePromise<
      | { readonly value: Output; readonly issues?: undefined }
      | { readonly issues: ReadonlyArray<Issue> }
    >;
    /** For the compiler only. */
    readonly types?:
      | { readonly input: Input; readonly output: Output }
      | undefined;
    /** Standard JSON Schema: zod from 4.2 on, arktype, and valibot by `toStandardJsonSchema` of `@valibot/to-json-schema`. */
    readonly jsonSchema?: {
      /** The JSON Schema of what it takes. */
      readonly input?: ToJSONSchema;
      /** The JSON Schema of what it gives. */
      readonly output: ToJSONSchema;
    } | undefined;
  };
}

/**
 * Gives a JSON Schema, or throws if there is none.
 *
 * @param options Which draft of JSON Schema it follows.
 */
export type ToJSONSchema = (
  options: { readonly target: Open<"draft-2020-12"> },
) => Record<string, unknown>;

/** What is wrong with a value. */
export interface Issue {
  /** For people. */
  readonly message: string;
  /** Where in the value. */
  readonly path?:
    | ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>
    | undefined;
}
