/**
 * The one place that looks at the process: environment variables and the terminal.
 * Deno, Bun and Node all have a global `process`; without it, there is no environment
 * and no terminal.
 *
 * @module
 */

import type { Terminal } from "./types/platform.ts";

interface Process {
  env?: Record<string, string | undefined>;
  stderr?: {
    isTTY?: boolean;
    columns?: number;
    write(text: string): unknown;
  };
}

function ownProcess(): Process {
  return (globalThis as { process?: Process }).process ?? {};
}

/**
 * An environment variable.
 *
 * @returns Its value; undefined if it is unset, empty, or may not be read.
 */
export function readVariable(name: string): string | undefined {
  try {
    return ownProcess().env?.[name]?.trim() || undefined;
  } catch {
    return undefined; // Deno without --allow-env
  }
}

/**
 * The terminal that stderr is connected to.
 *
 * @returns undefined if stderr is a file or a pipe, or doesn't exist.
 */
export function openTerminal(): Terminal | undefined {
  const { stderr } = ownProcess();
  if (!stderr?.isTTY) return undefined;
  return {
    write: (text) => void stderr.write(text),
    get columns() {
      return stderr.columns || 80;
    },
  };
}
