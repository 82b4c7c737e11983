/**
 * What the body of a refused call says, without the key.
 *
 * @module
 */

import { readErrorBody } from "../error_body.ts";
import type { APIErrorBody } from "../types/lines.ts";

/** How many characters of a text are kept, so that it can't flood a log. */
const MOST = 1_000;

/**
 * Reads the texts of an error body, and masks the key in them.
 *
 * @returns What it says; nothing for a proxy's HTML page.
 */
export function readErrorText(
  text: string,
  key: string,
): Partial<APIErrorBody> {
  const { number: _, ...texts } = readErrorBody(text);
  const masked = Object.entries(texts)
    .map(([name, value]) => [name, mask(value, key).slice(0, MOST)]);
  return Object.fromEntries(masked);
}

export function mask(text: string, key: string): string {
  return text.replaceAll(key, "***");
}

export function maskHeaders(headers: Headers, key: string): Headers {
  const masked = new Headers();
  for (const [name, value] of headers) masked.append(name, mask(value, key));
  return masked;
}
