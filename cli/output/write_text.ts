/**
 * Writes text into a file through one buffer. A new buffer each time would be
 * memory that garbage collectors notice late.
 *
 * @module
 */

import { writeSync } from "node:fs";

const BLOCK = 65_536;
const ENCODER = new TextEncoder();
const buffer = new Uint8Array(BLOCK);

/**
 * @param fd The file.
 * @param text The text.
 * @param position The offset where it begins.
 * @returns The offset where it ends.
 */
export function writeText(fd: number, text: string, position: number): number {
  let end = position;
  for (let rest = text; rest !== "";) {
    const { read, written } = ENCODER.encodeInto(rest, buffer);
    rest = rest.slice(read);
    for (let at = 0; at < written;) {
      const length = writeSync(fd, buffer, at, written - at, end);
      at += length;
      end += length;
    }
  }
  return end;
}
