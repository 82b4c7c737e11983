/**
 * A wrong value as an error message shows it.
 *
 * @module
 */

/** No message quotes more of a string: it may be anything. */
const LONGEST = 64;

/** A value as code: `"5"`, `5`, `NaN`, `null`. A list, an object or a function is only named: it may hold a prompt. */
export function asCode(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST));
  if (typeof value === "bigint") return `${value}n`;
  return /object|function|symbol/.test(typeof value)
    ? kindOf(value)
    : String(value);
}

/** What a value is, for one that must not be quoted: `a string`, `an empty list`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) {
    return value.length > 0 ? "a list" : "an empty list";
  }
  if (value instanceof Date && Number.isNaN(+value)) return "an invalid Date";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
