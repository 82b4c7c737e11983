/**
 * Answers that are longer than anybody reads. They are paid: asking again
 * would only pay for another one.
 *
 * @module
 */

import type { ResultError } from "./result.ts";

/** What comes of one. */
export const TOO_LARGE: ResultError = {
  code: "answer_too_large",
  message: "The answer is longer than 128 MB",
};

/** No text inside JSON looks like this: its quotes would be escaped. */
const CUSTOM_ID = /"custom_id"\s*:\s*("(?:[^"\\]|\\.)*")/;

/**
 * @param beginning How a line begins that is too long to be read.
 * @returns A line in its place; undefined if its id is not in there.
 */
export function lineOfTooLarge(beginning: string): object | undefined {
  const [, quoted] = CUSTOM_ID.exec(beginning) ?? [];
  if (quoted === undefined) return undefined;
  try {
    const custom_id = JSON.parse(quoted);
    return { custom_id, response: null, error: TOO_LARGE };
  } catch {
    return undefined;
  }
}
