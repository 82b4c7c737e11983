/**
 * Asks before something is paid.
 *
 * @module
 */

import type { Call } from "../commands/command.ts";
import { UsageError } from "../messages/errors.ts";
import { columnsOf } from "./style.ts";
import { wrap } from "./wrap.ts";

/**
 * Asks, unless `--yes` says so. Ctrl-C says no.
 *
 * @param call The command.
 * @param about What it is about to do.
 * @param question The question. @default "Continue?"
 * @returns Whether to do it.
 * @throws {UsageError} If nobody can be asked.
 */
export async function confirm(
  { flags, io }: Call,
  about: string,
  question = "Continue?",
): Promise<boolean> {
  if (flags.yes) return true;
  if (!io.stderr.isTerminal || flags.json) {
    throw new UsageError(`${about} Confirm it with --yes`);
  }
  const width = columnsOf(io.stderr) ?? Infinity;
  const text = about && `${wrap(about, width - 1)}\n`;
  await io.stderr.write(`${text}${question} [y/N] `);
  let end = () => {};
  const interrupted = new Promise<string>((resolve) => {
    end = io.onInterrupt(() => resolve("n"));
  });
  try {
    const answer = await Promise.race([firstLine(io.stdin), interrupted]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    end();
  }
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
