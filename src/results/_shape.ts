/**
 * JSON of which nothing is certain, and what is looked for in it.
 *
 * @module
 */

/** What people look for in a body. */
export interface Outputs {
  /** All texts, embeddings, moderations or images. */
  outputs: unknown[];
  /** Why it ended. */
  finishReason: string | undefined;
  /** The model's refusal to answer. */
  refusal: string | undefined;
}

/** A JSON object. */
export type Fields = Record<string, unknown>;

/** @returns Whether it is a JSON object, and no list. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @returns It, if it is an object or a list, else an empty object. */
export function asObject(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/**
 * The objects of a list.
 *
 * @returns None if it is no list; what is no object is left out.
 */
export function objectsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
