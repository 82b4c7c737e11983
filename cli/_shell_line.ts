/**
 * Commands to copy into a shell.
 *
 * @module
 */

/**
 * @param argv A command and its arguments.
 * @returns The line that runs it.
 */
export function shellLine(argv: readonly string[]): string {
  return ["openai-batch", ...argv.map(quote)].join(" ");
}

function quote(word: string): string {
  return /^[\w./:=@-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
