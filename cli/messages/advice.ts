/**
 * What to do about an error, where its message does not say so.
 *
 * @module
 */

import type { Call } from "../commands/command.ts";
import type { FlagName } from "../flags/flags.ts";
import { withoutOptions } from "../flags/parse.ts";
import { INPUT_FLAGS } from "../flags/sets.ts";
import { exitCodeOf, USAGE, UsageError } from "./errors.ts";
import { shellLine } from "./shell_line.ts";

/** What the library calls an option of ours. */
const UNCOUNTED = "the option uncountedTokens";

/** Options of `run` and `submit` that `estimate` takes too. */
const ESTIMATED: readonly FlagName[] = [
  ...INPUT_FLAGS,
  "uncountedTokens",
  "batchSize",
  "maxBytes",
  "prices",
];

/** Errors of files, by their code. */
const OF_FILES: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "doesn't exist: check its name and its folder"],
  ["ENOTDIR", "doesn't exist: part of its path is a file"],
  ["EISDIR", "is a folder: name a file"],
  ["EACCES", "can't be opened: check its permissions"],
  ["EPERM", "can't be opened: check its permissions"],
  ["EROFS", "can't be written: the disk is read-only"],
  ["ENOSPC", "can't be written: the disk is full"],
]);

/**
 * @param error Whatever ended a command.
 * @returns What it says, for people.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, place] = /^(.*) has the model undefined/.exec(error.message) ?? [];
  if (place !== undefined) {
    return `${place} has no model: name one with --model, such as --model gpt-4o-mini`;
  }
  const { code, path } = error as { code?: unknown; path?: unknown };
  if (code === "ENOENT" && /[*?]/.test(String(path))) {
    return `${path} doesn't exist. For a folder of pictures, name the folder`;
  }
  if (code === "EADDRINUSE") {
    return "The port is in use: name another one with --port";
  }
  const what = OF_FILES.get(String(code));
  if (what === undefined) {
    return error.message.replace(UNCOUNTED, "--uncounted-tokens");
  }
  return `${typeof path === "string" ? path : error.message} ${what}`;
}

/**
 * @param error Whatever ended a command.
 * @param call The command; undefined if its arguments could not be read.
 * @param name What it is called; undefined if there is no such command.
 * @returns What to do next, in a line; undefined if the message says it.
 */
export function adviceOn(
  error: unknown,
  call: Call | undefined,
  name: string | undefined,
): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const own = call && adviceOnName(error, call);
  if (own !== undefined) return own;
  const status = "status" in error ? error.status : undefined;
  if (status === 401 || status === 403) {
    const variable = call?.flags.apiKeyEnv ?? "OPENAI_API_KEY";
    return `Check that ${variable} has a key for this server that may use files and batches`;
  }
  if (typeof status === "number" && (status === 429 || status >= 500)) {
    return "The server is busy or at fault: run the same command again later";
  }
  const isUsage = error instanceof UsageError || exitCodeOf(error) === USAGE;
  if (!isUsage || name === undefined) return undefined;
  return call === undefined
    ? `openai-batch ${name} -h lists its options`
    : undefined;
}

function adviceOnName(
  error: Error,
  call: Call,
): string | undefined {
  const { argv, flags, io } = call;
  switch (error.name) {
    case "JobNotFoundError":
      return `To list all jobs: ${shellLine(["status"], io)}`;
    case "JobConflictError":
      return `Use another job name for another input, or the input and options that ${
        flags.job ?? "this job"
      } was started with`;
    case "JobExpiredError":
      return "OpenAI keeps files for 30 days. Only what was written to an --output is left: send the input as another job";
    case "QuotaError":
      return "Add credit to the account that the key belongs to";
    case "BudgetError":
      return error.message.includes(UNCOUNTED)
        ? "Nothing was sent. Say with --uncounted-tokens N how many to add for each, or leave out --budget"
        : `Nothing was sent. Raise --budget, limit the output with max_completion_tokens in --params, or see the whole: ${
          estimateLine(call)
        }`;
    case "ConnectionError":
      return argv[0] === "simulate"
        ? undefined
        : "Check the network and the address";
    default:
      return undefined;
  }
}

/** Counts the same input with the same options. */
function estimateLine({ argv, subject, input, flags, io }: Call): string {
  const given = Object.keys(flags) as FlagName[];
  const others = given.filter((name) => !ESTIMATED.includes(name));
  const words = withoutOptions(argv.slice(1), others);
  const about = words.filter((word) => word === input || word !== subject);
  return shellLine(["estimate", ...about], io);
}
