/**
 * How an input begins: what it is no text of is refused by its name.
 *
 * @module
 */

import { UsageError } from "../messages/errors.ts";
import type { Bytes } from "./bytes.ts";

/** How much is looked at. */
const SIZE = 65_536;

/** What people have that is no text, by how it begins, byte by byte. */
const OTHERS: readonly [start: string, hint: string][] = [
  ["\xff\xfe", "is UTF-16: save it as UTF-8"],
  ["\xfe\xff", "is UTF-16: save it as UTF-8"],
  ["PK\x03\x04", "is a workbook or an archive: save it as CSV"],
  ["\xd0\xcf\x11\xe0", "is an old workbook: save it as CSV"],
  ["PAR1", "is Parquet: export it as CSV or JSON lines"],
  ["SQLite format 3", "is a database: export a table of it as CSV"],
  [
    "\x1f\x8b",
    "is compressed: give its content on stdin, as gunzip -c FILE | openai-batch … -",
  ],
  [
    "\x28\xb5\x2f\xfd",
    "is compressed: give its content on stdin, as zstd -dc FILE | openai-batch … -",
  ],
];

/** How an input begins. */
export interface Head {
  /** Where its first character is, behind the mark of UTF-8. */
  start: number;
  /** Its first characters. */
  text: string;
  /** Whether that is all. */
  isEnd: boolean;
}

/**
 * Reads the beginning of an input.
 *
 * @param bytes The input.
 * @returns How it begins.
 * @throws {UsageError} If it is no text.
 */
export function readHead(bytes: Bytes): Head {
  const buffer = new Uint8Array(SIZE);
  const head = buffer.subarray(0, bytes.read(buffer, 0));
  const first = String.fromCharCode(...head.subarray(0, 16));
  for (const [start, hint] of OTHERS) {
    if (first.startsWith(start)) throw new UsageError(`${bytes.name} ${hint}`);
  }
  const start = first.startsWith("\xef\xbb\xbf") ? 3 : 0;
  const text = new TextDecoder().decode(head.subarray(start));
  return { start, text, isEnd: head.length === bytes.size };
}
