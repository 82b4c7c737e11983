/**
 * Prints to paths that aren't files: a standard stream, a pipe, a terminal, a
 * device.
 *
 * @module
 */

import { createWriteStream, statSync } from "node:fs";
import type { Call } from "../commands/command.ts";
import { type Output, outputTo } from "../io.ts";
import { tellIfSlow } from "../messages/slow.ts";
import { standardStreamOf } from "../files/standard_stream.ts";

/** Where text is printed, and can't be read again. */
export interface Printer {
  /** Takes it. */
  output: Output;
  /** Closes it. */
  close(): void;
}

/**
 * Opens something that isn't a file. Opening a pipe waits until something reads
 * it, as in a shell.
 *
 * @param path Where to print.
 * @param call The command; it says so if it has to wait.
 * @returns undefined if the path leads to a file, or to nothing yet.
 */
export async function openPrinter(
  path: string,
  call: Call,
): Promise<Printer | undefined> {
  const standard = standardStreamOf(path);
  if (standard === "stdout" || standard === "stderr") {
    return { output: call.io[standard], close: () => {} };
  }
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there || there.isFile() || there.isDirectory()) return undefined;
  return await openStream(path, call);
}

async function openStream(path: string, call: Call): Promise<Printer> {
  const stream = createWriteStream(path, { flags: "w" });
  const opening = new Promise<number>((resolve, reject) => {
    stream.once("open", resolve);
    stream.once("error", reject);
  });
  const text = `Waiting until something reads ${path}`;
  const fd = await tellIfSlow(call, opening, text);
  return {
    output: outputTo(stream, fd),
    close: () => void stream.destroy(),
  };
}
