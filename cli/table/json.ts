/**
 * A JSON array, element by element: it may be larger than the memory.
 *
 * @module
 */

import { parse } from "./lines.ts";
import type { Record, Split, Splitter } from "./record.ts";

const BLANK = /[^\s]/g;
/** What changes the depth, or begins a string. */
const STRUCTURE = /["[\]{}]/g;
/** What ends a number or a word. */
const SCALAR_END = /[\s,\]]/g;

/** Finds the elements of an array. */
export class ArraySplitter implements Splitter {
  #state: "start" | "value" | "next" | "end" = "start";

  /**
   * Splits a text that begins between two elements.
   *
   * @param text The text.
   * @param isEnd Whether it is the last of its input.
   * @returns The elements.
   */
  split(text: string, isEnd: boolean): Split {
    const records: Record[] = [];
    let at = 0;
    let consumed = 0;
    let lines = 0;
    while (true) {
      const next = find(BLANK, text, at);
      if (next < 0) break;
      lines += linesIn(text, at, next);
      at = next;
      const mark = text[at]!;
      if (this.#isPunctuation(mark)) {
        at++;
        consumed = at;
        continue;
      }
      const end = this.#state === "value" ? elementEnd(text, at, isEnd) : -1;
      if (this.#state !== "value") {
        records.push(broken(at, text.length, lines));
        return { records, consumed: text.length, lines };
      }
      if (end < 0) break;
      records.push({
        start: at,
        end,
        line: lines,
        ...parse(text.slice(at, end)),
      });
      lines += linesIn(text, at, end);
      this.#state = "next";
      at = end;
      consumed = end;
    }
    if (isEnd && this.#state !== "end") {
      records.push(broken(consumed, text.length, lines));
    }
    return { records, consumed: isEnd ? text.length : consumed, lines };
  }

  /**
   * Reads one element that was found before.
   *
   * @param text The element, and what follows.
   * @returns The element.
   */
  first(text: string): Record {
    const end = elementEnd(text, 0, true);
    return { start: 0, end, line: 0, ...parse(text.slice(0, end)) };
  }

  /** What stands between elements. */
  #isPunctuation(mark: string): boolean {
    const before = this.#state;
    if (before === "start" && mark === "[") this.#state = "value";
    else if (before === "next" && mark === ",") this.#state = "value";
    else if (mark === "]" && (before === "next" || before === "value")) {
      this.#state = "end";
    } else return false;
    return true;
  }
}

function broken(start: number, end: number, line: number): Record {
  return { start, end, line, values: [], problem: BROKEN };
}

/** A problem after which it can't be told where the next element begins. */
export const BROKEN = "is no element of a JSON array, or the array has no end";

/** Where an element ends; -1 if its end has not come yet. */
function elementEnd(text: string, start: number, isEnd: boolean): number {
  const mark = text[start]!;
  if (mark === '"') return stringEnd(text, start);
  if (mark !== "{" && mark !== "[") {
    const end = find(SCALAR_END, text, start);
    return end < 0 && isEnd ? text.length : end;
  }
  let depth = 0;
  for (let at = start; at >= 0;) {
    at = find(STRUCTURE, text, at);
    if (at < 0) return -1;
    const found = text[at]!;
    if (found === '"') {
      at = stringEnd(text, at);
      continue;
    }
    depth += found === "{" || found === "[" ? 1 : -1;
    at++;
    if (depth === 0) return at;
  }
  return -1;
}

/** Where a string ends, behind its quote; -1 if that has not come yet. */
function stringEnd(text: string, start: number): number {
  let close = text.indexOf('"', start + 1);
  while (close >= 0 && isEscaped(text, close)) {
    close = text.indexOf('"', close + 1);
  }
  return close < 0 ? -1 : close + 1;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes++;
  return slashes % 2 === 1;
}

function linesIn(text: string, from: number, to: number): number {
  let lines = 0;
  for (
    let at = text.indexOf("\n", from);
    at >= 0 && at < to;
    at = text.indexOf("\n", at + 1)
  ) lines++;
  return lines;
}

function find(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? -1;
}
