/**
 * JSON of unknown shape, and what we look for in it.
 *
 * @module
 */

/** What a body says. */
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

/** Whether it is a JSON object, not a list. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value itself if it is an object or a list, otherwise an empty object. */
export function asObject(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/**
 * The objects of a list.
 *
 * @returns An empty list if it isn't a list. Anything but an object is left out.
 */
export function objectsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
