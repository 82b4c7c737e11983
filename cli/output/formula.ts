/**
 * What a spreadsheet would run.
 *
 * @module
 */

/** What it would take for a formula, with or without our quote. */
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
 * Takes that quote away again.
 *
 * @param text A field.
 * @returns What it was before.
 */
export function formulaUnquoted(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}
