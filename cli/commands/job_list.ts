/**
 * What `status` and `watch` share: all jobs, and the state of one.
 *
 * @module
 */

import type { JobStatus, ListedJob, OpenAIBatch } from "../../mod.ts";
import type { FlagName, Flags } from "../flags/flags.ts";
import {
  ANSWERED,
  FAILED,
  UNFINISHED,
  UsageError,
} from "../messages/errors.ts";
import { describe } from "../messages/reporter.ts";
import { columnsOf } from "../terminal/style.ts";
import type { Call } from "./command.ts";
import {
  costOf,
  describeAge,
  IDLE_NOTE,
  isIdle,
  jobTable,
} from "./job_table.ts";
import { dollars } from "../messages/figures.ts";

/** Which of all jobs. */
export const LIST_FLAGS: readonly FlagName[] = ["prefix", "done", "open"];

/**
 * @param flags The options of a command that names a job.
 * @throws {UsageError} If one of them chooses among all jobs.
 */
export function refuseFilters(flags: Flags): void {
  const filter = LIST_FLAGS.find((name) => flags[name] !== undefined);
  if (filter === undefined) return;
  throw new UsageError(
    `--${filter} chooses among all jobs: leave out the job's name`,
  );
}

/**
 * @param call The command.
 * @param client Lists jobs.
 * @returns All jobs that the options choose.
 */
export async function listed(
  { flags }: Call,
  client: OpenAIBatch,
): Promise<ListedJob[]> {
  const { prefix = "", done, open } = flags;
  const which = done === open ? {} : { done: done === true };
  const jobs: ListedJob[] = [];
  for await (const job of client.jobs({ prefix, ...which })) jobs.push(job);
  return jobs;
}

/**
 * @param jobs The jobs.
 * @param call The command.
 * @param client Has the clock.
 * @param width Columns of the terminal; undefined for programs.
 * @returns The lines of a table.
 */
export function linesOf(
  jobs: readonly ListedJob[],
  { flags }: Call,
  { clock }: OpenAIBatch,
  width: number | undefined,
): string[] {
  const { prices } = flags;
  return jobTable(jobs, { now: clock.now(), width, prices });
}

/**
 * Prints all jobs that the options choose.
 *
 * @param call The command.
 * @param client Lists jobs.
 * @returns The exit code.
 */
export async function giveAll(
  call: Call,
  client: OpenAIBatch,
): Promise<number> {
  const { io, flags, reporter } = call;
  const jobs = await listed(call, client);
  if (jobs.length === 0) {
    await reporter.tell(
      "There are no such jobs. OpenAI keeps files for 30 days",
      { type: "empty" },
    );
  } else if (flags.json) {
    for (const { batches, ...status } of jobs) {
      const cost = costOf({ batches, ...status }, flags.prices);
      await reporter.give("", { type: "status", ...status, cost });
    }
  } else {
    const width = columnsOf(io.stdout);
    const lines = linesOf(jobs, call, client, width);
    await reporter.give(
      lines.join("\n"),
      { type: "status" },
      (text, style) =>
        width === undefined
          ? text
          : text.replace(/^.*/, (head) => style.bold(head)),
    );
  }
  return ANSWERED;
}

/**
 * Prints the state of a job.
 *
 * @param call The command.
 * @param client Has the clock.
 * @param found The state of the job.
 * @returns The exit code.
 */
export async function giveStatus(
  { reporter }: Call,
  { clock }: OpenAIBatch,
  found: JobStatus & { cost?: number | undefined },
): Promise<number> {
  const now = clock.now();
  const { createdAt, cost } = found;
  const text = [
    describe(found, now),
    `${describeAge(now - +createdAt)} old`,
    ...(cost === undefined ? [] : [`cost so far ${dollars(cost)}`]),
  ].join(", ");
  const note = isIdle(found) ? `\n${IDLE_NOTE} ${found.id}` : "";
  await reporter.give(text + note, { type: "status", ...found });
  const { done, requests } = found;
  if (!done) return UNFINISHED;
  return requests.failed > 0 ? FAILED : ANSWERED;
}
