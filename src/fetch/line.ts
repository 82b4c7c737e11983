/**
 * What a call asks, and its line in a batch.
 *
 * @module
 */

/** What a call asks. */
export interface Question {
  /** The endpoint. */
  url: string;
  /** The body, as text: parsed, it would take more memory while it waits. */
  text: string;
}

/** A request line. */
export interface Line {
  /** The id; the collector gives it. */
  custom_id: string;
  /** How it is asked. */
  method: "POST";
  /** The endpoint. */
  url: string;
  /** What is asked. */
  // deno-lint-ignore no-explicit-any
  body: any;
}

/** @throws {SyntaxError} If the text isn't JSON. */
export function lineOf(id: string, { url, text }: Question): Line {
  return { custom_id: id, method: "POST", url, body: JSON.parse(text) };
}
