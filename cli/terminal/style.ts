/**
 * How text looks on a terminal.
 *
 * @module
 */

import type { Io, Output } from "../io.ts";

/** Makes text look so; elsewhere than on a terminal it stays as it is. */
export interface Style {
  /** Headings, and the names of things. */
  bold(text: string): string;
  /** What matters less. */
  dim(text: string): string;
  /** What went wrong. */
  red(text: string): string;
}

const PLAIN: Style = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
};

const ANSI: Style = {
  bold: (text) => `\x1b[1m${text}\x1b[22m`,
  dim: (text) => `\x1b[2m${text}\x1b[22m`,
  red: (text) => `\x1b[31m${text}\x1b[39m`,
};

/**
 * @param output Where text goes.
 * @param io Its variables say whether to use styles.
 * @returns How to style it: not at all without a terminal, or if `NO_COLOR` is set.
 */
export function styleOf(output: Output, io: Io): Style {
  const isPlain = !output.isTerminal || io.env("NO_COLOR") !== undefined ||
    io.env("TERM") === "dumb";
  return isPlain ? PLAIN : ANSI;
}

/**
 * @param output Where text goes.
 * @returns Columns that a line has there; undefined where lines are as long as they are.
 */
export function columnsOf(output: Output): number | undefined {
  return output.isTerminal ? output.columns ?? 80 : undefined;
}
