/**
 * Text that a spreadsheet would run as a formula.
 *
 * @module
 */

/** Text that it would run, with or without our quote. */
const FORMULA = /^'*[=+\-@\t\r]/;
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/**
 * Puts a `'` in front of a formula.
 *
 * @param text A field.
 * @returns The same, with the quote if a spreadsheet would run it.
 */
export function formulaQuoted(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}

/**
 * Removes that quote again.
 *
 * @param text A field.
 * @returns The text without it.
 */
export function formulaUnquoted(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}
