/**
 * Commands to copy into a shell.
 *
 * @module
 */

import type { Io } from "./io.ts";

/**
 * @param argv A command and its arguments.
 * @param io Tells how it was started.
 * @returns The line that runs it.
 */
export function shellLine(argv: readonly string[], io: Io): string {
  return [programOf(io), ...argv.map(quote)].join(" ");
}

/** npx and bunx put no command into the path, and tell their child who they are. */
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
