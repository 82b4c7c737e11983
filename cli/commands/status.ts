/**
 * The commands that tell where jobs stand: status and watch.
 *
 * @module
 */

import type { JobStatus, ListedJob, OpenAIBatch } from "../../mod.ts";
import type { Call, Command } from "./command.ts";
import {
  ANSWERED,
  FAILED,
  UNFINISHED,
  UsageError,
} from "../messages/errors.ts";
import { JOB_FLAGS } from "../flags/sets.ts";
import type { FlagName, Flags } from "../flags/flags.ts";
import { Interrupts } from "../terminal/interrupt.ts";
import { costOf, jobTable, ofJob } from "./job_table.ts";
import { attachOptionsOf, openClient } from "../flags/options.ts";
import { describe, describeCounts } from "../messages/reporter.ts";
import { Screen } from "../terminal/screen.ts";
import { columnsOf, styleOf } from "../terminal/style.ts";

/** Which of all jobs. */
const LIST_FLAGS: readonly FlagName[] = ["prefix", "done", "open"];

/** Looks. */
export const status: Command = {
  subject: "[JOB]",
  summary: "say where a job stands, or all of them",
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

With a name, the exit code is the job's: 3 while it is unfinished, then 0, or 1
if some of its requests failed.`,
  flags: LIST_FLAGS,
  async run(call: Call): Promise<number> {
    const client = openClient(call.flags, call.io);
    if (call.subject === "") return await giveAll(call, client);
    refuseFilters(call.flags);
    const progress = call.reporter.progress(client.clock);
    const found = await client.status(call.subject, { progress });
    const waitingFor = ofJob(found.waitingFor);
    return await giveStatus(call, client, { ...found, waitingFor });
  },
};

/** Goes on, and waits. */
export const watch: Command = {
  subject: "[JOB]",
  summary: "continue a job until it is done, or look at all of them",
  examples: [
    "openai-batch watch nightly-2026-11-21",
    "openai-batch watch --open",
  ],
  details: `\
Continues a job until it is done: creates batches as the queue has room, and sends
what expired or was lost again. Ctrl-C leaves it running; Ctrl-C again within two
seconds cancels it.

Without a name it continues nothing. It redraws the table of "status", every 10
seconds or as --poll-interval says, until all jobs are done.`,
  flags: [...LIST_FLAGS, "endpoint", ...JOB_FLAGS],
  async run(call: Call): Promise<number> {
    const { flags, io, reporter, subject } = call;
    const client = openClient(flags, io);
    if (subject === "") return await watchAll(call, client);
    refuseFilters(flags);
    const interrupts = new Interrupts(call, client);
    const job = await client.attach(subject, {
      ...attachOptionsOf(flags),
      progress: reporter.progress(client.clock),
      signal: interrupts.signal,
    });
    call.job = subject;
    const end = await interrupts.during(() =>
      reporter.watch(job.watch(), client.clock)
    );
    return await giveStatus(call, client, end);
  },
};

function refuseFilters(flags: Flags): void {
  const filter = LIST_FLAGS.find((name) => flags[name] !== undefined);
  if (filter === undefined) return;
  throw new UsageError(
    `--${filter} chooses among all jobs: leave the job's name out`,
  );
}

async function listed(
  { flags }: Call,
  client: OpenAIBatch,
): Promise<ListedJob[]> {
  const { prefix = "", done, open } = flags;
  const which = done === open ? {} : { done: done === true };
  const jobs: ListedJob[] = [];
  for await (const job of client.jobs({ prefix, ...which })) jobs.push(job);
  return jobs;
}

function linesOf(
  jobs: readonly ListedJob[],
  { flags }: Call,
  { clock }: OpenAIBatch,
  width: number | undefined,
): string[] {
  const { prices } = flags;
  return jobTable(jobs, { now: clock.now(), width, prices });
}

async function giveAll(call: Call, client: OpenAIBatch): Promise<number> {
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

/** Between two looks at all jobs, ms: each lists what the account has. */
const LOOK_INTERVAL = 10_000;

async function watchAll(call: Call, client: OpenAIBatch): Promise<number> {
  const { io, flags } = call;
  const { pollInterval = LOOK_INTERVAL } = flags;
  const isShown = !flags.quiet && !flags.noProgress;
  const isDrawn = isShown && io.stderr.isTerminal && !flags.json;
  const screen = isDrawn ? new Screen(io.stderr) : undefined;
  const told = new Set<string>();
  const leave = new AbortController();
  const end = io.onInterrupt(() => leave.abort());
  try {
    while (!leave.signal.aborted) {
      const jobs = await listed(call, client);
      const isOver = jobs.every(({ done }) => done);
      if (screen) await screen.draw(screenOf(jobs, call, client));
      else if (isShown) await tellNews(jobs, call, told);
      if (isOver) break;
      await client.clock.sleep(pollInterval, leave.signal).catch(() => {});
    }
  } finally {
    end();
    await screen?.clear();
  }
  await giveAll(call, client);
  return leave.signal.aborted ? UNFINISHED : ANSWERED;
}

/** A line for each job of which there is news. */
async function tellNews(
  jobs: readonly ListedJob[],
  { reporter }: Call,
  told: Set<string>,
): Promise<void> {
  for (const { batches: _, ...status } of jobs) {
    const news = `${status.id}: ${describeCounts(status)}`;
    if (told.has(news)) continue;
    told.add(news);
    await reporter.tell(news, { type: "status", ...status });
  }
}

function screenOf(
  jobs: readonly ListedJob[],
  call: Call,
  client: OpenAIBatch,
): string[] {
  const { io } = call;
  const style = styleOf(io.stderr, io);
  const [head = "", ...rows] = linesOf(
    jobs,
    call,
    client,
    columnsOf(io.stderr),
  );
  const first = head.startsWith("JOB  ") ? style.bold(head) : head;
  return [first, ...rows, style.dim("Ctrl-C ends it")];
}

/**
 * Gives where a job stands, and the exit code that says the same.
 *
 * @param call The command.
 * @param client Has the clock.
 * @param found Where the job stands.
 * @returns The exit code.
 */
export async function giveStatus(
  { reporter }: Call,
  { clock }: OpenAIBatch,
  found: JobStatus,
): Promise<number> {
  const text = describe(found, clock.now());
  await reporter.give(text, { type: "status", ...found });
  const { done, requests } = found;
  if (!done) return UNFINISHED;
  return requests.failed > 0 ? FAILED : ANSWERED;
}
