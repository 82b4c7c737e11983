/**
 * Breaks text into lines that fit.
 *
 * @module
 */

/**
 * Breaks a text at its spaces.
 *
 * @param text One paragraph.
 * @param width Characters of a line, with what it is indented by.
 * @param indent Stands before each line.
 * @param end Ends each line but the last.
 * @returns The lines; a word that is too long has one of its own.
 */
export function wrap(
  text: string,
  width: number,
  indent = "",
  end = "",
): string {
  return wrapWords(text.split(/ +/), width, indent, end);
}

/**
 * Breaks a command between its options, so that it can be pasted into a shell.
 *
 * @param command In one line.
 * @param width Characters of a line.
 * @returns The lines, indented, with a `\` at the end of each but the last.
 */
export function wrapCommand(command: string, width: number): string {
  const words = command.split(/ (?=--|>|\|)/);
  return wrapWords(words, width, "  ", " \\").replaceAll("\n", "\n  ");
}

/**
 * Breaks paragraphs. Lines that begin with a space stay as they are.
 *
 * @param text Paragraphs, with empty lines between them.
 * @param width Characters of a line.
 * @returns The same, to be printed.
 */
export function wrapParagraphs(text: string, width: number): string {
  const lines: string[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) lines.push(wrap(paragraph.join(" "), width));
    paragraph = [];
  };
  for (const line of text.split("\n")) {
    if (/^\S/.test(line)) {
      paragraph.push(line);
      continue;
    }
    flush();
    lines.push(line);
  }
  flush();
  return lines.join("\n");
}

function wrapWords(
  words: readonly string[],
  width: number,
  indent: string,
  end: string,
): string {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    const isTooLong = indent.length + longer.length + end.length > width;
    if (line === undefined || isTooLong) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => indent + line).join(`${end}\n`);
}
