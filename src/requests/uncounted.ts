/**
 * What a request makes the model read besides its text, so that its tokens can't be
 * counted here.
 *
 * @module
 */

import type { Uncounted } from "../pricing/mod.ts";
import type { IndexedLine } from "./to_line.ts";

type Kind = keyof Omit<Uncounted, "requests">;

/** By the `type` of a part of a message, and of an item of `input`. */
const PARTS: ReadonlyMap<unknown, Kind> = new Map([
  ["image_url", "images"],
  ["input_image", "images"],
  ["computer_screenshot", "images"],
  ["input_audio", "audio"],
  ["file", "files"],
  ["input_file", "files"],
  ["item_reference", "references"],
  ["reasoning", "references"],
  ["compaction", "references"],
]);

/** Tools that the caller runs: their definitions are counted as text. */
const OWN_TOOLS: ReadonlySet<unknown> = new Set([
  "function",
  "custom",
  "namespace",
  "computer",
  "computer_use_preview",
  "local_shell",
  "apply_patch",
]);

/** Models that search the web without a tool in the request. */
const SEARCHES = /-search-(api|preview)/;

/**
 * Looks for what can't be counted.
 *
 * @returns How many there are of each kind; undefined if there are none. Moderation is free, so nothing matters there.
 */
export function uncountedIn(
  { url, body }: IndexedLine["line"],
): Omit<Uncounted, "requests"> | undefined {
  if (url.endsWith("/moderations")) return undefined;
  const found = { images: 0, audio: 0, files: 0, tools: 0, references: 0 };
  visit(body.messages, found);
  visit(body.input, found);
  found.images += picturesIn(body);
  found.tools += hostedTools(body);
  for (const name of ["previous_response_id", "conversation"]) {
    if (body[name]) found.references++;
  }
  if (typeof body.prompt === "object" && hasId(body.prompt)) found.references++;
  const hasAny = Object.values(found).some((count) => count > 0);
  return hasAny ? found : undefined;
}

/** Messages, their parts, items, and what tools gave back. */
function visit(value: unknown, found: Record<Kind, number>): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    // A vector of token ids may be long.
    if (typeof value[0] === "number") return;
    for (const item of value) visit(item, found);
    return;
  }
  const { type, content, output } = value as Record<string, unknown>;
  const kind = PARTS.get(type);
  if (kind) found[kind]++;
  visit(content, found);
  visit(output, found);
}

/** The pictures that are to be edited, or a video begins with. */
function picturesIn(
  { image, images, mask, input_reference }: Record<string, unknown>,
): number {
  return [image, images, mask, input_reference].flat()
    .filter((value) => value).length;
}

function hostedTools(
  { model, tools, web_search_options }: Record<string, unknown>,
): number {
  const hosted = Array.isArray(tools)
    ? tools.filter((tool) => !OWN_TOOLS.has(tool?.type)).length
    : 0;
  const searches = web_search_options || SEARCHES.test(String(model));
  return hosted + (searches ? 1 : 0);
}

function hasId(value: object | null): boolean {
  return value !== null && "id" in value;
}
