/**
 * Asks before something is paid.
 *
 * @module
 */

import type { Call } from "./_command.ts";
import { UsageError } from "./_errors.ts";

/**
 * Asks whether to go on, unless `--yes` says so.
 *
 * @param call The command.
 * @param question What it is about to do.
 * @returns Whether to.
 * @throws {UsageError} If nobody is there to be asked.
 */
export async function confirm(
  { flags, io }: Call,
  question: string,
): Promise<boolean> {
  if (flags.yes) return true;
  if (!io.stderr.isTerminal || flags.json) {
    throw new UsageError(`${question} Say so with --yes`);
  }
  await io.stderr.write(`${question} Go on? [y/N] `);
  return /^y(es)?$/i.test((await firstLine(io.stdin)).trim());
}

async function firstLine(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stdin) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.split("\n", 1)[0] ?? "";
}
