/**
 * Commands to copy into a shell.
 *
 * @module
 */

import type { Io } from "../io.ts";

/**
 * @param argv A command and its arguments.
 * @param io Tells how it was started.
 * @returns The line that runs it.
 */
export function shellLine(argv: readonly string[], io: Io): string {
  return [programOf(io), ...argv.map(quote)].join(" ");
}

/** npx and bunx don't put a command on the path, but tell their child that they started it. */
function programOf(io: Io): string {
  const runner = io.env("npm_lifecycle_event") ?? "";
  const command = io.env("npm_lifecycle_script") ?? "";
  const isOurs = /^(npx|bunx)$/.test(runner) && /openai-batch/.test(command);
  return isOurs ? `${runner} @offpeak/openai-batch` : "openai-batch";
}

function quote(word: string): string {
  return /^[\w./:=@-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
