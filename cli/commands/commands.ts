/**
 * All commands.
 *
 * @module
 */

import type { Command } from "./command.ts";
import type { FlagName } from "../flags/flags.ts";
import { cancel } from "./cancel.ts";
import { clean } from "./clean.ts";
import { direct } from "./direct.ts";
import { doctor } from "./doctor.ts";
import { estimate } from "./estimate.ts";
import { report } from "./report.ts";
import { results } from "./results.ts";
import { retry } from "./retry.ts";
import { run } from "./run.ts";
import { simulate } from "./simulate.ts";
import { status } from "./status.ts";
import { submit } from "./submit.ts";
import { tryFew } from "./try.ts";
import { watch } from "./watch.ts";

/** By their names, in the order of the help. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    try: tryFew,
    run,
    submit,
    status,
    watch,
    results,
    retry,
    cancel,
    estimate,
    direct,
    clean,
    report,
    doctor,
    simulate,
  }),
);

/** As the help lists them. */
export const COMMAND_GROUPS: readonly (readonly [string, string[]])[] = [
  ["Send requests", ["try", "estimate", "run", "submit", "direct"]],
  ["Jobs at OpenAI", [
    "status",
    "watch",
    "results",
    "retry",
    "cancel",
    "clean",
  ]],
  ["Other", ["report", "doctor", "simulate"]],
];

const GENERAL: readonly FlagName[] = [
  "quiet",
  "noProgress",
  "json",
  "help",
  "version",
];

const CLIENT: readonly FlagName[] = [
  "baseUrl",
  "apiKeyEnv",
  "apiKeyHeader",
  "organization",
  "project",
  "query",
  "prices",
  "timeout",
  "maxRetries",
  "settleTime",
];

/**
 * @param command A command.
 * @returns The options that it shares with others.
 */
export function sharedFlags(command: Command): FlagName[] {
  const isLocal = command === simulate || command === estimate;
  return isLocal ? [...GENERAL] : [...CLIENT, ...GENERAL];
}
