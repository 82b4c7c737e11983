/**
 * From arguments to options: unknown ones are refused with the nearest name.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { nearest } from "./nearest.ts";
import { UsageError } from "../messages/errors.ts";
import { dashed, type FlagName, FLAGS, type Flags } from "./flags.ts";

/** What follows the command on a command line. */
export interface Arguments {
  /** Arguments that aren't options. */
  positionals: string[];
  /** The options. */
  flags: Flags;
}

/**
 * Reads the arguments of a command.
 *
 * @param args What follows the command.
 * @param known The options that it takes.
 * @returns The same, sorted and checked.
 * @throws {UsageError} If an option is unknown, given twice, or its value is wrong.
 */
export function readArguments(
  args: readonly string[],
  known: readonly FlagName[],
): Arguments {
  const names = new Map(known.map((name) => [dashed(name), name]));
  const { tokens, positionals } = parseArgs({
    args: args.map((arg) => arg === "-h" ? "--help" : arg),
    options: Object.fromEntries(known.map((name) => [
      dashed(name).slice(2),
      { type: FLAGS[name].value ? "string" : "boolean" } as const,
    ])),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values = new Map<FlagName, unknown>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const name = names.get(token.rawName);
    if (name === undefined) {
      const { rawName, index, inlineValue, value } = token;
      const next = positionals.length > 1 ? args[index + 1] : undefined;
      throw unknownOption(rawName, names, inlineValue ? value : next);
    }
    if (values.has(name)) {
      throw new UsageError(`${token.rawName} is given twice`);
    }
    values.set(name, readValue(name, token.value, token.inlineValue));
  }
  return { positionals, flags: Object.fromEntries(values) };
}

/**
 * @param args What follows a command.
 * @param names Options to leave out, if they are there.
 * @returns The arguments without them and their values.
 */
export function withoutOptions(
  args: readonly string[],
  names: readonly FlagName[],
): string[] {
  const options = new Map(names.map((name) => [dashed(name), FLAGS[name]]));
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [name = "", value] = args[i]!.split("=", 2);
    const flag = options.get(name);
    if (flag === undefined) kept.push(args[i]!);
    else if (flag.value !== undefined && value === undefined) i++;
  }
  return kept;
}

function readValue(
  name: FlagName,
  value: string | undefined,
  isInline: boolean | undefined,
): unknown {
  const flag = FLAGS[name];
  const option = dashed(name);
  if (!flag.value) {
    if (value === undefined) return true;
    throw new UsageError(`${option} takes no value`);
  }
  const looksLikeOption = !isInline && /^-./.test(value ?? "");
  if (!value || looksLikeOption) {
    throw new UsageError(`${option} needs a value: ${option}=${flag.value}`);
  }
  try {
    return flag.read ? flag.read(value) : value;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${option} ${error.message}`);
  }
}

/** What other programs call it, by what it is called here. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  "--size": ["--rows", "--limit", "--count", "-n"],
  "--output": ["--out", "--outfile", "-o"],
  "--model": ["-m"],
  "--prompt": ["--template", "--question", "-p"],
  "--system": ["--system-prompt", "--instructions", "-s"],
  "--fields": ["--columns"],
  "--budget": ["--max-cost", "--max-price"],
  "--concurrency": ["--workers", "--parallel", "--threads", "--jobs"],
  "--base-url": ["--url", "--host", "--server", "--api-base"],
  "--job": ["--name", "--resume"],
  "--deadline": ["--wait"],
  "--yes": ["--force", "-y", "-f"],
  "--quiet": ["--silent", "-q"],
  "--version": ["-V", "-v"],
};

function unknownOption(
  option: string,
  known: ReadonlyMap<string, FlagName>,
  value: string | undefined,
): UsageError {
  const [other] = Object.entries(OTHER_NAMES)
    .find(([, names]) => names.includes(option)) ?? [];
  const near = other !== undefined && known.has(other)
    ? other
    : nearest(option, known.keys());
  if (near) {
    return new UsageError(
      `There is no option ${option}. Did you mean ${near}?`,
    );
  }
  const param = option.replace(/^-+/, "").replaceAll("-", "_");
  const [place, what] = placeOf(param);
  return new UsageError(
    known.has(place)
      ? `There is no option ${option}. A parameter of ${what} goes into ${place} '{"${param}": ${
        asJson(value)
      }}'`
      : `There is no option ${option} here`,
  );
}

/** Parameters of POST /batches and POST /files; all others are of requests. */
const OF_BATCHES = ["completion_window", "metadata", "output_expires_after"];
const OF_FILES = ["expires_after"];

function placeOf(param: string): [option: string, what: string] {
  if (OF_BATCHES.includes(param)) return ["--batch", "POST /batches"];
  if (OF_FILES.includes(param)) return ["--file", "POST /files"];
  return ["--params", "the endpoint"];
}

/** A value as it was meant: 9 is a number, and 1d a text. What may be a key or a prompt isn't repeated. */
function asJson(value: string | undefined): string {
  if (value === undefined || !/^[\w.]{1,9}$/.test(value)) return "…";
  return /^(-?\d+(\.\d+)?|true|false)$/.test(value)
    ? value
    : JSON.stringify(value);
}
