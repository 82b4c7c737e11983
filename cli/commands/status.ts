/**
 * The command that shows the state of jobs.
 *
 * @module
 */

import { listJobs } from "../../src/job/find_jobs.ts";
import { openClient } from "../flags/options.ts";
import { UsageError } from "../messages/errors.ts";
import type { Call, Command } from "./command.ts";
import { giveAll, giveStatus, LIST_FLAGS, refuseFilters } from "./job_list.ts";
import { costOf, ofJob } from "./job_table.ts";

/** Looks. */
export const status: Command = {
  subject: "[JOB]",
  summary: "show the state of a job, or of all jobs",
  examples: [
    "openai-batch status",
    "openai-batch status nightly-2026-11-21",
    "openai-batch status --open --json",
  ],
  details: `\
Looks, and changes nothing. To continue a job, use "watch" or "results".

Without a name it lists all jobs that OpenAI still has files of, newest first:
how old each is, how many of its requests are answered and failed, what it has
cost so far if its batches say so, and what it is waiting for. To another program
it prints a line per job, with tabs: name, start time, answered, failed, all,
cost, state.

With a name it says the same of one job; --json has the fields "phase", "done",
"stopped", "waitingFor", "requests", "parts", "activeBatches", "createdAt" and
"cost". Between two batches nothing is running: a job whose own "run" or "watch"
is alive continues by itself. The exit code is the job's: 3 while it is unfinished, then 0, or 1
if some of its requests failed. If the job was started with --max-attempts, give
the same here: that decides whether something is left to try again.`,
  flags: [...LIST_FLAGS, "maxAttempts"],
  async run(call: Call): Promise<number> {
    const { flags, io, reporter, subject } = call;
    const { maxAttempts } = flags;
    if (subject !== "") refuseFilters(flags);
    else if (maxAttempts !== undefined) {
      throw new UsageError("--max-attempts is for one job: name it");
    }
    const client = openClient(flags, io);
    if (subject === "") return await giveAll(call, client);
    const progress = reporter.progress(client.clock);
    const found = await client.status(subject, { maxAttempts, progress });
    const waitingFor = ofJob(found.waitingFor);
    const jobs = await listJobs(client, subject, client.clock);
    const { batches = [] } = jobs.get(subject) ?? {};
    const cost = costOf({ batches }, flags.prices);
    return await giveStatus(call, client, { ...found, waitingFor, cost });
  },
};
