/**
 * How wide text is on a terminal.
 *
 * @module
 */

/** From Hangul on many are wide, but for dashes, quotes, … and currencies. The others count as two anyway. */
function columnsOf(char: string): number {
  const code = char.codePointAt(0)!;
  return code < 0x1100 || (code >= 0x2010 && code < 0x20d0) ? 1 : 2;
}

/** @returns How many columns it takes, at most. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += columnsOf(char);
  return width;
}

/**
 * Cuts a text to the width of a terminal.
 *
 * @returns As much of it as fits, and … if that is not all; wide characters take two columns.
 */
export function fit(text: string, columns: number): string {
  let width = 0;
  let head = "";
  for (const char of text) {
    width += columnsOf(char);
    if (width > columns) return `${head}…`;
    if (width < columns) head += char;
  }
  return text;
}
