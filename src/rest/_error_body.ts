/**
 * What the body of a refusal says, in the shapes that servers give it.
 *
 * @module
 */

import type { APIErrorBody } from "../types/lines.ts";

/**
 * Takes the texts of an error body, and the key out of them.
 *
 * @param text The body.
 * @param key The key that the call was made with.
 * @returns What it says; undefined for a proxy's HTML page.
 */
export function readErrorBody(
  text: string,
  key: string,
): Partial<APIErrorBody> | undefined {
  const masked = (value: unknown) =>
    typeof value === "string" ? value.replaceAll(key, "***") : undefined;
  try {
    const body = JSON.parse(text);
    const error = body?.error ?? body;
    if (typeof error === "string") return { message: masked(error) as string };
    const { type, param, code } = error ?? {};
    const message = error?.message ?? readDetail(error?.detail);
    const texts = Object.entries({ message, type, param, code })
      .flatMap(([name, value]) => masked(value) ? [[name, masked(value)]] : []);
    return Object.fromEntries(texts);
  } catch {
    return undefined;
  }
}

/** FastAPI's own shape: `{ detail: "…" }`, or a list of `{ loc, msg }`, whose `input` may be a prompt. */
function readDetail(detail: unknown): unknown {
  if (!Array.isArray(detail)) return detail;
  return detail.flatMap((problem) => {
    const { loc, msg } = problem ?? {};
    if (typeof msg !== "string") return [];
    return Array.isArray(loc) ? `${loc.join(".")}: ${msg}` : msg;
  }).join("; ");
}
