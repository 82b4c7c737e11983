/**
 * How much a request may write.
 *
 * @module
 */

import { hasOutput } from "./endpoint_table.ts";
import type { IndexedLine } from "./to_line.ts";

/**
 * The tokens that a request may write, all answers together.
 *
 * @returns The smaller of its own limit and the expected number; undefined if neither is known.
 */
export function outputLimit(
  { url, body }: IndexedLine["line"],
  expected?: number,
): number | undefined {
  if (!hasOutput(url)) return 0;
  const limit = body.max_completion_tokens ?? body.max_tokens ??
    body.max_output_tokens;
  if (typeof limit !== "number") return expected;
  return Math.min(limit * answersOf(body), expected ?? Infinity);
}

/** `n` for each prompt; all of `best_of` are paid. */
function answersOf({ n, best_of, prompt }: Record<string, unknown>): number {
  const isList = Array.isArray(prompt) && typeof prompt[0] !== "number";
  return Math.max(Number(n ?? 1), Number(best_of ?? 1)) *
    (isList ? prompt.length : 1);
}
