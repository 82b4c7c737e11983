/**
 * From the text of an option to its value. An error is a
 * reason to follow the option's name: "must be …".
 *
 * @module
 */

import { readDuration } from "../../src/duration.ts";
import { UsageError } from "../messages/errors.ts";

/** A JSON object. */
export function readObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new UsageError(`must be a JSON object, such as '{"key": "value"}'`);
}

/** One character, or the name of one that is hard to type. */
export function readDelimiter(text: string): string {
  if (text === "tab" || text === "\\t") return "\t";
  if (text.length === 1 && !/["\r\n]/.test(text)) return text;
  throw new UsageError('must be one character, such as ";", or tab');
}

/** The name of a variable. Anything else may be the key itself, so it is not repeated. */
export function readName(text: string): string {
  if (/^[A-Za-z_]\w*$/.test(text)) return text;
  throw new UsageError(
    "must be the name of an environment variable, not the key itself",
  );
}

/** A whole number, 0 or more. */
export function readWhole(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError("must be a whole number");
}

/** A whole number, 1 or more. */
export function readCount(text: string): number {
  const number = readWhole(text);
  if (number > 0) return number;
  throw new UsageError("must be 1 or more");
}

/** A number, 0 or more. */
export function readAmount(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError("must be a number, such as 2.50");
}

/** A duration, as milliseconds. */
export function readTime(text: string): number {
  const ms = readDuration(text);
  if (ms !== undefined) return Math.round(ms);
  throw new UsageError("must be a number with ms, s, m, h or d, such as 30s");
}

/** A duration or a date. */
export function readMoment(text: string): number | Date {
  const date = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(+date)) return date;
  const ms = readDuration(text);
  if (ms !== undefined) return Math.round(ms);
  throw new UsageError(
    "must be a time such as 20h, or a date such as 2026-11-22T06:00Z",
  );
}

/** One of some words. */
export function oneOf(...values: string[]): (text: string) => string {
  return (text) => {
    if (values.includes(text)) return text;
    throw new UsageError(`must be ${values.join(" or ")}`);
  };
}
