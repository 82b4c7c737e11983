/**
 * How an input begins. Files that aren't text are refused, by the name of their
 * format.
 *
 * @module
 */

import { UsageError } from "../messages/errors.ts";
import type { Bytes } from "./bytes.ts";

/** How much is looked at. */
const SIZE = 65_536;

const PICTURE =
  "is a picture: name the folder that it is in, or list pictures, as in ls *.jpg | openai-batch … - --image line";

/** Common files that aren't text, by their first bytes. */
const OTHERS: readonly [start: string, hint: string][] = [
  ["\xff\xfe", "is UTF-16: save it as UTF-8"],
  ["\xfe\xff", "is UTF-16: save it as UTF-8"],
  ["PK\x03\x04", "is a workbook or an archive: save it as CSV"],
  ["\xd0\xcf\x11\xe0", "is an old workbook: save it as CSV"],
  ["\x89PNG", PICTURE],
  ["\xff\xd8\xff", PICTURE],
  ["GIF8", PICTURE],
  ["RIFF", PICTURE],
  ["%PDF", "is a PDF: convert it to text first"],
  ["PAR1", "is Parquet: export it as CSV or JSON lines"],
  ["SQLite format 3", "is a database: export a table of it as CSV"],
  [
    "\x1f\x8b",
    "is compressed: unpack it, or pipe it in: gunzip -c FILE | openai-batch … -",
  ],
  [
    "\x28\xb5\x2f\xfd",
    "is compressed: unpack it, or pipe it in: zstd -dc FILE | openai-batch … -",
  ],
];

/** How an input begins. */
export interface Head {
  /** Where its first character is, after the byte order mark. */
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
 * @throws {UsageError} If it isn't text.
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
