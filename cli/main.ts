#!/usr/bin/env node
/**
 * The command line: `try`, `estimate`, `run`, `submit`, `direct`, `status`,
 * `watch`, `results`, `retry`, `cancel`, `clean`, `report`, `doctor` and `simulate`.
 * `--help` tells the rest.
 *
 *     deno run -A jsr:@offpeak/openai-batch/cli run prompts.jsonl
 *
 * Importing it does nothing; {@linkcode main} is what it runs.
 *
 * @module
 */

import { realpathSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { JobIncompleteError } from "../mod.ts";
import { printable, printableLine } from "../src/printable.ts";
import { adviceOn, isRefused, messageOf } from "./messages/advice.ts";
import type { Call, Command } from "./commands/command.ts";
import { COMMANDS, sharedFlags } from "./commands/commands.ts";
import {
  ANSWERED,
  codeOf,
  exitCodeOf,
  Interrupted,
  UNFINISHED,
  USAGE,
  UsageError,
} from "./messages/errors.ts";
import { Help } from "./help/help.ts";
import { type Io, processIo } from "./io.ts";
import { nearest } from "./flags/nearest.ts";
import { readArguments } from "./flags/parse.ts";
import { shellLine } from "./messages/shell_line.ts";
import { Reporter } from "./messages/reporter.ts";
import { checkDistinct } from "./files/same_file.ts";
import { VERSION } from "./version.ts";

export type { Io, Output } from "./io.ts";

/**
 * Runs a command.
 *
 * @param argv The command and its arguments.
 * @param io What it works with. @default the process
 * @returns The exit code: 0 all answered, 1 some failed, 2 wrong usage, 3 unfinished, 4 nothing sent.
 *
 * @example
 * ```ts
 * import { main } from "@offpeak/openai-batch/cli";
 *
 * const exitCode = await main(["--help"]);
 * console.assert(exitCode === 0);
 * ```
 */
export async function main(
  argv: readonly string[],
  io: Io = processIo(),
): Promise<number> {
  const reporter = new Reporter(io, {
    json: argv.includes("--json"),
    quiet: argv.includes("--quiet"),
    noProgress: argv.includes("--no-progress"),
  });
  const [name = "--help", ...args] = argv;
  if (["--help", "-h", "help"].includes(name)) {
    return await printHelp(args, io, argv.length > 0 ? ANSWERED : USAGE);
  }
  if (["--version", "version"].includes(name)) return await printVersion(io);
  let call: Call | undefined;
  let command: Command | undefined;
  try {
    command = COMMANDS.get(name);
    if (!command) throw unknownCommand(name);
    const known = [...command.flags, ...sharedFlags(command)];
    const { positionals, flags } = readArguments(args, known);
    if (flags.version) return await printVersion(io);
    if (flags.help) {
      const isLong = args.includes("--help");
      return await printHelp([name], io, ANSWERED, isLong);
    }
    checkPositionals(name, command.subject, positionals);
    const [subject = "", second = ""] = positionals;
    const input = command.subject === "INPUT" ? subject : second;
    checkDistinct(input === "-" || !input ? undefined : input, flags, io);
    call = { argv, subject, input, flags, io, reporter };
    return await command.run(call);
  } catch (error) {
    return await explain(error, reporter, call, command && name);
  }
}

/** Of a command if one is named, otherwise of the whole program. */
async function printHelp(
  [name = ""]: readonly string[],
  io: Io,
  exitCode: number,
  isLong = true,
): Promise<number> {
  const help = new Help(io);
  const command = COMMANDS.get(name);
  const text = command
    ? isLong ? help.long(name, command) : help.short(name, command)
    : help.general();
  await io.stdout.write(text);
  return exitCode;
}

async function printVersion(io: Io): Promise<number> {
  await io.stdout.write(`openai-batch ${VERSION}\n`);
  return ANSWERED;
}

/** What other programs call a command, by its name here. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  status: ["list", "ls", "jobs", "ps", "show"],
  results: ["get", "download", "fetch", "collect", "output"],
  try: ["sample", "test", "preview", "head"],
  run: ["send", "start", "ask", "batch", "resume", "continue"],
  submit: ["create", "upload", "queue"],
  retry: ["again", "rerun", "repeat"],
  cancel: ["stop", "kill", "abort"],
  clean: ["delete", "remove", "rm", "cleanup"],
  estimate: ["cost", "price", "count"],
  simulate: ["serve", "mock", "demo"],
};

function unknownCommand(name: string): UsageError {
  const [other] =
    Object.entries(OTHER_NAMES).find(([, names]) => names.includes(name)) ?? [];
  const near = other ?? nearest(name, COMMANDS.keys());
  return new UsageError(
    `There is no command ${name}${
      near ? `. Did you mean ${near}?` : ". openai-batch -h lists them all"
    }`,
  );
}

/** What a command needs, by the name of the argument. */
const NEEDED: Readonly<Record<string, string>> = {
  JOB: "the name of a job, which openai-batch status lists",
  INPUT: "an input: a file, a folder of pictures, or - for stdin",
};

function checkPositionals(
  name: string,
  subject: Command["subject"],
  positionals: readonly string[],
): void {
  const wanted = subject?.split(" ") ?? [];
  const extra = positionals[wanted.length];
  if (extra !== undefined) {
    const hint = wanted.length === 0 ? "" : hintFor(extra);
    throw new UsageError(
      `${name} doesn't take ${JSON.stringify(extra)}${hint}`,
    );
  }
  const isRetried = wanted.length > 1 && positionals.length === 1;
  const missing = isRetried
    ? "the input that the job was started with"
    : NEEDED[wanted[positionals.length] ?? ""];
  if (missing === undefined) return;
  throw new UsageError(
    `${name} needs ${missing}. Usage: openai-batch ${name} ${subject}`,
  );
}

/** What an argument too many was probably meant to be. */
function hintFor(extra: string): string {
  if (/\.(png|jpe?g|gif|webp)$/i.test(extra)) {
    return ": name the folder of the pictures, or list them, as in ls *.jpg | openai-batch … - --image line";
  }
  return /\.\w+$/.test(extra)
    ? `: to write there, use --output ${extra}`
    : ": put quotes around anything with spaces";
}

/** Says what ended a command, and how to continue. */
async function explain(
  error: unknown,
  reporter: Reporter,
  call: Call | undefined,
  name: string | undefined,
): Promise<number> {
  const exitCode = exitCodeOf(error);
  if (error instanceof Error && "code" in error && error.code === "EPIPE") {
    return exitCode; // nobody reads any more
  }
  const message = messageOf(error);
  const advice = adviceOn(error, call, name);
  const resume = call?.job !== undefined && canGoOn(error)
    ? commandFor(call, call.job)
    : undefined;
  const said = printableLine(message);
  const text = error instanceof Interrupted ? said : `error: ${said}`;
  const next = advice ? `\n${printable(advice)}` : "";
  const input = call?.input === "-" ? ", with the same input on stdin," : "";
  const hint = resume
    ? `\nThe job is unfinished. Continue it${input} with:\n  ${resume}`
    : "";
  await reporter.fail(text + next + hint, {
    type: "error",
    code: codeOf(error),
    message,
    ...(advice ? { advice } : {}),
    ...(resume ? { job: call?.job, resume } : {}),
  });
  return exitCode;
}

/** Whether running the same command again helps. */
function canGoOn(error: unknown): boolean {
  if (exitCodeOf(error) !== UNFINISHED || isRefused(error)) return false;
  return !(error instanceof JobIncompleteError); // that takes the input
}

/** The same command, with the job's name if it was generated. */
function commandFor({ argv, io }: Call, job: string): string {
  const [name = ""] = argv;
  const isNamed = !COMMANDS.get(name)?.flags.includes("job") ||
    argv.some((arg) => /^--job(=|$)/.test(arg));
  return shellLine([...argv, ...(isNamed ? [] : ["--job", job])], io);
}

/** Node before 24 has no `import.meta.main`; npm starts it through a link. */
function isMain(): boolean {
  if (typeof import.meta.main === "boolean") return import.meta.main;
  const script = process.argv[1];
  return script !== undefined &&
    realpathSync(script) === fileURLToPath(import.meta.url);
}

if (isMain()) process.exit(await main(process.argv.slice(2)));
