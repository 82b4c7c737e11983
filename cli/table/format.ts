/**
 * What an input holds: by its name, by what is said, and by how it begins.
 *
 * @module
 */

import { extname } from "node:path";

/** What an input may hold. */
export const INPUT_FORMATS = [
  "csv",
  "tsv",
  "json",
  "jsonl",
  "text",
  "requests",
] as const;

/** Rows of a table, records, lines, or requests as the library takes them. */
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** What files hold, by the ending of their names: inputs and outputs alike. */
export const BY_ENDING: ReadonlyMap<
  string,
  Exclude<InputFormat, "requests">
> = new Map([
  [".csv", "csv"],
  [".tsv", "tsv"],
  [".tab", "tsv"],
  [".json", "json"],
  [".jsonl", "jsonl"],
  [".ndjson", "jsonl"],
  [".txt", "text"],
]);

/**
 * @param name The input's name.
 * @param head How it begins.
 * @param hasColumns Whether the prompt asks for columns.
 * @returns What it most likely holds.
 */
export function guessFormat(
  name: string,
  head: string,
  hasColumns: boolean,
): InputFormat {
  const byName = BY_ENDING.get(extname(name).toLowerCase());
  // Many a file of JSON lines is called .json.
  if (byName === "json" && /^\s*\{/.test(head)) return "jsonl";
  if (byName !== undefined) return byName;
  if (!hasColumns) return "text";
  if (/^\s*\[/.test(head)) return "json";
  return /^\s*\{/.test(head) ? "jsonl" : "csv";
}
