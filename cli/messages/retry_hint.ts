/**
 * How to send again what has failed.
 *
 * @module
 */

import type { Call } from "../commands/command.ts";
import type { FlagName } from "../flags/flags.ts";
import { withoutOptions } from "../flags/parse.ts";
import { shellLine } from "./shell_line.ts";

/** Options of `run` that `retry` doesn't take. */
const NOT_TAKEN: readonly FlagName[] = ["job", "report"];

/**
 * @param call The command that found them. "results" doesn't know the input.
 * @param job Their job.
 * @returns The command that sends failures again.
 */
export function retryLine({ argv, input, io }: Call, job: string): string {
  return input
    ? shellLine(
      ["retry", job, ...withoutOptions(argv.slice(1), NOT_TAKEN)],
      io,
    )
    : `${shellLine(["retry", job], io)} INPUT --output FILE`;
}
