/**
 * The command that continues a job until it is done, or keeps looking at all.
 *
 * @module
 */

import type { ListedJob, OpenAIBatch } from "../../mod.ts";
import { openClient } from "../flags/options.ts";
import { JOB_FLAGS } from "../flags/sets.ts";
import { ANSWERED, UNFINISHED } from "../messages/errors.ts";
import { describeCounts } from "../messages/reporter.ts";
import { Screen } from "../terminal/screen.ts";
import { columnsOf, styleOf } from "../terminal/style.ts";
import type { Call, Command } from "./command.ts";
import {
  giveAll,
  giveStatus,
  linesOf,
  LIST_FLAGS,
  listed,
  refuseFilters,
} from "./job_list.ts";
import { attachTo } from "./open.ts";

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
    const { flags, reporter, subject } = call;
    if (subject === "") return await watchAll(call);
    refuseFilters(flags);
    const { client, interrupts, job } = await attachTo(call);
    const end = await interrupts.during(() =>
      reporter.watch(job.watch(), client.clock)
    );
    return await giveStatus(call, client, end);
  },
};

/** Between two looks at all jobs, ms: each lists what the account has. */
const LOOK_INTERVAL = 10_000;

async function watchAll(call: Call): Promise<number> {
  const { io, flags } = call;
  const client = openClient(flags, io);
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

/** A line for each job that has changed. */
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
  return [first, ...rows, style.dim("Ctrl-C ends this view")];
}
