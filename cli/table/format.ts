/**
 * The format of an input, by its name, its options, and how it begins.
 *
 * @module
 */

import { extname } from "node:path";

/** The formats of inputs. */
export const INPUT_FORMATS = [
  "csv",
  "tsv",
  "json",
  "jsonl",
  "text",
  "requests",
] as const;

/** A table, records, lines, or requests as the library takes them. */
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** The formats of files by their endings, for inputs and outputs. */
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
 * @param hasColumns Whether the prompt names columns.
 * @returns Its most likely format.
 */
export function guessFormat(
  name: string,
  head: string,
  hasColumns: boolean,
): InputFormat {
  const byName = BY_ENDING.get(extname(name).toLowerCase());
  // Files of JSON lines are often called .json.
  if (byName === "json" && /^\s*\{/.test(head)) return "jsonl";
  if (byName !== undefined) return byName;
  if (!hasColumns) return "text";
  if (/^\s*\[/.test(head)) return "json";
  return /^\s*\{/.test(head) ? "jsonl" : "csv";
}
