/**
 * Says how to ask once more what has failed.
 *
 * @module
 */

import type { Call } from "./_command.ts";
import type { FlagName } from "./_flags.ts";
import { withoutOptions } from "./_parse.ts";
import { shellLine } from "./_shell_line.ts";

/** Options of `run` that `retry` does not take. */
const NOT_TAKEN: readonly FlagName[] = [
  "job",
  "report",
  "noWait",
  "batch",
  "file",
];

/**
 * @param call The command that found them; where it has no input, as "results", INPUT stands for that.
 * @param job Their job.
 * @returns The command that asks failures once more.
 */
export function retryLine({ argv, input, io }: Call, job: string): string {
  const others = withoutOptions(argv.slice(1), NOT_TAKEN);
  const words = input ? others : ["INPUT", ...others.slice(1)];
  return shellLine(["retry", job, ...words], io);
}
