/**
 * What to do about an error, where its message does not say so.
 *
 * @module
 */

import type { BudgetError } from "../../mod.ts";
import type { Call } from "../commands/command.ts";
import { exitCodeOf, USAGE, UsageError } from "./errors.ts";
import { type FlagName, FLAGS } from "../flags/flags.ts";
import { withoutOptions } from "../flags/parse.ts";
import { ESTIMATE_FLAGS } from "../flags/sets.ts";
import { messageWithFlags } from "./flag_names.ts";
import { shellLine } from "./shell_line.ts";

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
  if (what === undefined) return messageWithFlags(error);
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
  if (isRefused(error)) {
    const again = call?.job === undefined ? "" : ` with --job ${call.job}`;
    return `The server refused this, and would refuse it again. Correct what it names, then run the command${again}: what is running already isn't sent twice`;
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

function adviceOnName(error: Error, call: Call): string | undefined {
  const { argv, flags, io } = call;
  switch (error.name) {
    case "JobNotFoundError":
      return `A new job is seen here once it has sent something, up to a minute after its start. To list all jobs: ${
        shellLine(["status"], io)
      }`;
    case "JobConflictError":
      return `Use another job name for another input, or the input and options that ${
        flags.job ?? "this job"
      } was started with`;
    case "JobExpiredError":
      return "OpenAI keeps files for 30 days. Only what was written to an --output is left: send the input as another job";
    case "QuotaError":
      return "Add credit to the account that the key belongs to";
    case "BudgetError":
      return `Nothing was sent. ${adviceOnBudget(error as BudgetError, call)}`;
    case "ConnectionError":
      return argv[0] === "simulate"
        ? undefined
        : "Check the network and the address";
    default:
      return undefined;
  }
}

/** What helps depends on why the cost is too high, or unknown. */
function adviceOnBudget({ estimate }: BudgetError, call: Call): string {
  const { argv, flags, io } = call;
  if (estimate.cost === undefined) {
    return "Give the price with --prices, or leave out --budget";
  }
  const { requests } = estimate.uncounted;
  if (requests > 0 && flags.uncountedTokens === undefined) {
    return "Say with --uncounted-tokens N how many input tokens each of them adds, or leave out --budget";
  }
  const ways =
    "Raise --budget, or limit the output with max_completion_tokens in --params";
  if (argv[0] === "retry") return ways; // it sends less than its input has
  const notTaken = (Object.keys(FLAGS) as FlagName[])
    .filter((name) => !ESTIMATE_FLAGS.includes(name));
  const args = withoutOptions(argv.slice(1), notTaken);
  return `${ways}. To see what it costs:\n  ${
    shellLine(["estimate", ...args], io)
  }`;
}

/**
 * @param error Whatever ended a command.
 * @returns Whether a server finds fault with what was asked: asking again doesn't help.
 */
export function isRefused(error: unknown): boolean {
  const status = error instanceof Error && "status" in error
    ? error.status
    : undefined;
  return status === 400 || status === 422;
}
