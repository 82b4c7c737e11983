/**
 * How wide text is on a terminal.
 *
 * @module
 */

/** From Hangul on many are wide. The others of them count as two all the same. */
function columnsOf(char: string): number {
  return char.codePointAt(0)! < 0x1100 ? 1 : 2;
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
