/**
 * What the library says of its options, in the command line's own names.
 *
 * @module
 */

import { dashed, type FlagName, FLAGS } from "../flags/flags.ts";

/** Errors whose texts are the library's own: none of a server, or of a row. */
const OWN = ["TypeError", "RangeError", "BudgetError", "JobConflictError"];

/**
 * @param error What the library threw.
 * @returns Its message, with `--uncounted-tokens` for "the option uncountedTokens".
 */
export function messageWithFlags({ name, message }: Error): string {
  return OWN.includes(name) ? withFlags(message) : message;
}

/**
 * @param text The library's own words.
 * @returns The same, with `--settle-time` for "settleTime".
 */
export function withFlags(text: string): string {
  return text
    .replace(
      /\b(?:the client's|the) option (\w+)/gi,
      (text, option) => isFlag(option) ? dashed(option) : text,
    )
    .replace(
      /(?<![\w"'])([a-z]+[A-Z]\w*)(: (?="))?/g,
      (text, option, value) =>
        isFlag(option) ? `${dashed(option)}${value ? " " : ""}` : text,
    );
}

function isFlag(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name);
}
