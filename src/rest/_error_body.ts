/**
 * What the body of a refused call says, without the key.
 *
 * @module
 */

import { readErrorBody } from "../error_body.ts";
import type { APIErrorBody } from "../types/lines.ts";

/**
 * Takes the texts of an error body, and the key out of them.
 *
 * @param text The body.
 * @param key The key that the call was made with.
 * @returns What it says; nothing for a proxy's HTML page.
 */
export function readErrorText(
  text: string,
  key: string,
): Partial<APIErrorBody> {
  const { number: _, ...texts } = readErrorBody(text);
  const masked = Object.entries(texts)
    .map(([name, value]) => [name, value.replaceAll(key, "***")]);
  return Object.fromEntries(masked);
}
