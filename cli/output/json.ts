/**
 * JSON as it is printed.
 *
 * @module
 */

/** What a terminal obeys and `JSON.stringify` leaves as it is. */
const UNSEEN = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * JSON with every control character escaped, so that no terminal obeys it.
 *
 * @param value Any value.
 * @returns Its JSON, in one line.
 */
export function stringify(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSEEN,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
