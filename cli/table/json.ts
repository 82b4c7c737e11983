/**
 * A JSON array, element by element: it may be larger than memory.
 *
 * @module
 */

import { parse } from "./lines.ts";
import type { Split, Splitter, TextRecord } from "./record.ts";

const BLANK = /[^\s]/g;
/** What changes the depth, or begins a string. */
const STRUCTURE = /["[\]{}]/g;
/** What ends a number or a word. */
const SCALAR_END = /[\s,\]]/g;

/** Finds the elements of an array. */
export class ArraySplitter implements Splitter {
  #state: "start" | "value" | "next" | "end" | "broken" = "start";

  /**
   * Splits a text that begins between two elements.
   *
   * @param text The text.
   * @param isEnd Whether it is the last of its input.
   * @returns The elements.
   */
  split(text: string, isEnd: boolean): Split {
    const records: TextRecord[] = [];
    let consumed = 0;
    let lines = 0;
    const consume = (end: number) => {
      lines += linesIn(text, consumed, end);
      consumed = end;
    };
    while (this.#state !== "broken") {
      const at = find(BLANK, text, consumed);
      if (at < 0) break;
      if (this.#isPunctuation(text[at]!)) {
        consume(at + 1);
        continue;
      }
      if (this.#state !== "value") this.#state = "broken";
      const end = this.#state === "value" ? elementEnd(text, at, isEnd) : -1;
      if (end < 0) break;
      consume(at);
      const read = parse(text.slice(at, end));
      records.push({ start: at, end, line: lines, ...read });
      this.#state = "next";
      consume(end);
    }
    const isBroken = this.#state === "broken";
    if (isBroken || (isEnd && this.#state !== "end")) {
      const rest = find(BLANK, text, consumed);
      consume(rest < 0 ? consumed : rest);
      const end = text.length;
      const problem = BROKEN;
      records.push({ start: consumed, end, line: lines, values: [], problem });
    }
    if (isEnd || isBroken) consume(text.length);
    return { records, consumed, lines };
  }

  /**
   * Reads an element that was found before.
   *
   * @param text The element, and what follows.
   * @returns The element.
   */
  first(text: string): TextRecord {
    const end = elementEnd(text, 0, true);
    return { start: 0, end, line: 0, ...parse(text.slice(0, end)) };
  }

  /** Whether this is the punctuation between elements. */
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

/** A problem after which the next element can't be found. */
export const BROKEN =
  "isn't a valid element of a JSON array, or the array isn't closed";

/** Where an element ends; -1 if its end isn't there yet. */
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

/** Where a string ends, after its quote; -1 if that isn't there yet. */
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
