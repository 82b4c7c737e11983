/**
 * A large CSV, as somebody may have it: quotes and line breaks in its texts,
 * and characters outside of ASCII in one row of ten.
 *
 * @module
 */

import { closeSync, openSync, writeSync } from "node:fs";

const REVIEW = `It came in time, and "works"; the box was open.\n`;
const OTHER = `Ça marche “très” bien — merci, à bientôt !\n`;

/**
 * @param i The number of a row.
 * @param bytes How long it is to be, about.
 * @returns Its text.
 */
export function textOf(i: number, bytes: number): string {
  const piece = i % 10 === 0 ? OTHER : REVIEW;
  return `Review ${i}: ${piece.repeat(Math.round((bytes - 40) / 48))}`;
}

/**
 * Writes one.
 *
 * @param path Where to.
 * @param rows How many rows.
 * @param bytes How long each is to be, about.
 */
export function writeTable(path: string, rows: number, bytes: number): void {
  const fd = openSync(path, "w");
  let block = "id,title,text,stars\r\n";
  for (let i = 0; i < rows; i++) {
    const text = textOf(i, bytes).replaceAll('"', '""');
    block += `r-${i},Title ${i},"${text}",${i % 5}\r\n`;
    if (block.length < 1e6) continue;
    writeSync(fd, block);
    block = "";
  }
  writeSync(fd, block);
  closeSync(fd);
}
