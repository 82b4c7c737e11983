/**
 * Makes other people's text safe to print: a server's, a file's.
 *
 * @module
 */

/** What a terminal obeys, or shows in another order than it is read. */
const UNSEEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Shows what a terminal would obey: `\x1b`, `\u202e`. Line feeds and tabs stay. */
export function printable(text: string): string {
  return text.replace(
    UNSEEN,
    (char) => char === "\n" || char === "\t" ? char : escaped(char),
  );
}

/**
 * The same in one line, so that a message can't pass for several.
 *
 * @returns One line of it, each run of spaces and line breaks as one space.
 */
export function printableLine(text: string): string {
  return printable(text.trim().replace(/\s+/g, " "));
}

function escaped(char: string): string {
  const code = char.charCodeAt(0);
  return code < 256
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16)}`;
}
