/**
 * Inputs with one record per line: plain text and JSONL.
 *
 * @module
 */

import {
  firstOf,
  type Split,
  type Splitter,
  type TextRecord,
} from "./record.ts";

/** Plain text: lines end at a line feed and nowhere else; blank lines are skipped. */
export const LINES: Splitter = {
  split: (text, isEnd) => splitLines(text, isEnd, readLine),
  first: (text) => firstOf(LINES, text),
};

/** A JSON value per line. */
export const JSON_LINES: Splitter = {
  split: (text, isEnd) => splitLines(text, isEnd, parse),
  first: (text) => firstOf(JSON_LINES, text),
};

/**
 * Reads a JSON value.
 *
 * @param text The JSON.
 * @returns The value, or what is wrong.
 */
export function parse(text: string): Pick<TextRecord, "values" | "problem"> {
  try {
    return { values: [JSON.parse(text)] };
  } catch {
    return { values: [], problem: "isn't JSON" };
  }
}

function readLine(line: string): Pick<TextRecord, "values"> {
  return { values: [line] };
}

function splitLines(
  text: string,
  isEnd: boolean,
  read: (line: string) => Pick<TextRecord, "values" | "problem">,
): Split {
  const records: TextRecord[] = [];
  let start = 0;
  let line = 0;
  while (start < text.length) {
    const found = text.indexOf("\n", start);
    if (found < 0 && !isEnd) break;
    const stop = found < 0 ? text.length : found;
    const end = text[stop - 1] === "\r" && stop > start ? stop - 1 : stop;
    const content = text.slice(start, end);
    if (content.trim()) records.push({ start, end, line, ...read(content) });
    if (found >= 0) line++;
    start = found < 0 ? stop : stop + 1;
  }
  return { records, consumed: start, lines: line };
}
