/**
 * What ends a command, and the exit code that says so.
 *
 * @module
 */

import { OpenAIBatchError } from "../../mod.ts";

/** Every request was answered, or the command did what it says. */
export const ANSWERED = 0;
/** Some requests failed for good. */
export const FAILED = 1;
/** Wrong arguments, input or key. */
export const USAGE = 2;
/** Running the same command again continues. */
export const UNFINISHED = 3;

/** Nothing was sent: it may cost too much, or the user said no. */
export const UNSENT = 4;

/** The command line, or what it names, is wrong. */
export class UsageError extends Error {
  /** For `switch (error.name)`. */
  override readonly name = "UsageError";
}

/** Ctrl-C. */
export class Interrupted extends Error {
  /** For `switch (error.name)`. */
  override readonly name = "Interrupted";
}

const USAGE_ERRORS = [
  "UsageError",
  "TypeError",
  "RangeError",
  "MalformedLineError",
  "JobConflictError",
  "JobNotFoundError",
  "JobExpiredError",
  "NotCapable", // Deno, of a permission
];

/** Errors of files and addresses. */
const USAGE_CODES = [
  "EACCES",
  "EADDRINUSE",
  "EISDIR",
  "ENOENT",
  "ENOTDIR",
  "EPERM",
  "EROFS",
];

/**
 * @param error Whatever ended a command.
 * @returns The exit code.
 */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return UNFINISHED;
  if (error.name === "BudgetError") return UNSENT;
  if (USAGE_ERRORS.includes(error.name)) return USAGE;
  if ("code" in error && USAGE_CODES.includes(String(error.code))) return USAGE;
  const status = "status" in error ? error.status : undefined;
  return status === 401 || status === 403 ? USAGE : UNFINISHED;
}

/**
 * @param error Whatever ended a command.
 * @returns For programs.
 */
export function codeOf(error: unknown): string {
  if (error instanceof OpenAIBatchError) return error.code;
  if (error instanceof Interrupted) return "interrupted";
  return exitCodeOf(error) === USAGE ? "usage" : "error";
}
