/**
 * The commands about jobs that are at OpenAI: status, watch, results, cancel,
 * list and clean.
 *
 * @module
 */

import type { JobStatus, OpenAIBatch } from "../mod.ts";
import type { Call, Command } from "./_command.ts";
import { deliver, openSinks, summarize } from "./_deliver.ts";
import { ANSWERED, FAILED, UNFINISHED } from "./_errors.ts";
import { JOB_FLAGS, OUTPUT_FLAGS } from "./_flag_sets.ts";
import { Interrupts } from "./_interrupt.ts";
import { attachOptionsOf, openClient } from "./_options.ts";
import { describe } from "./_reporter.ts";
import { ASK_AGAIN_HELP } from "./_run.ts";
import { shellLine } from "./_shell_line.ts";

/** Looks. */
export const status: Command = {
  subject: "JOB",
  summary: "say where a job stands",
  details: `\
Looks at a job and changes nothing: "watch" or "results" goes on with it. What
it cost, "results" says. The exit code is the job's: 3 while it is unfinished,
then 0, or 1 if some of its requests failed.`,
  flags: [],
  async run(call: Call): Promise<number> {
    const client = openClient(call.flags, call.io);
    const progress = call.reporter.progress(client.clock);
    const found = await client.status(call.subject, { progress });
    return await giveStatus(call, client, found);
  },
};

/** Goes on, and waits. */
export const watch: Command = {
  subject: "JOB",
  summary: "go on with a job until it is done",
  details: `\
Goes on with a job until it is done: creates batches as the queue has room, and
asks again what expired or was lost. Ctrl-C leaves it; again within two seconds
cancels it.`,
  flags: ["endpoint", ...JOB_FLAGS],
  async run(call: Call): Promise<number> {
    const { flags, io, reporter, subject } = call;
    const client = openClient(flags, io);
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

/** Waits, and writes. */
export const results: Command = {
  subject: "JOB",
  summary: "write the results of a job",
  details: `\
Goes on with a job until it is done, and writes its results as they come; with
--no-wait, those that can be read now. At the end it says what was paid. An
output that holds some of them already gets the others. Ctrl-C leaves the job;
again within two seconds cancels it.

${ASK_AGAIN_HELP}

Examples:
  openai-batch results nightly-2026-11-21 --output results.jsonl --failures failures.jsonl
  openai-batch results nightly-2026-11-21 --no-wait --format text`,
  flags: [...OUTPUT_FLAGS, "noWait", "endpoint", ...JOB_FLAGS],
  async run(call: Call): Promise<number> {
    const { flags, io, reporter, subject } = call;
    const wait = !flags.noWait;
    const client = openClient(flags, io);
    const interrupts = new Interrupts(call, client);
    const job = await client.attach(subject, {
      ...attachOptionsOf(flags),
      progress: reporter.progress(client.clock),
      signal: interrupts.signal,
    });
    call.job = subject;
    const sinks = await openSinks(call, subject);
    try {
      const stream = job.results({ wait });
      const delivered = await interrupts.during(() => deliver(stream, sinks));
      const code = await summarize(reporter, delivered, stream, flags);
      return wait || (await job.step()).done ? code : UNFINISHED;
    } finally {
      sinks.close();
    }
  },
};

/** Cancels. */
export const cancel: Command = {
  subject: "JOB",
  summary: "cancel a job for good",
  details: `\
Cancels a job for every process, and waits until nothing of it runs any more: a
minute or more. What was answered by then is paid, and "results" writes it, with
the command that is printed; the rest fails with the code cancelled, or
batch_cancelled where that was its last attempt. A process that is at work on
the job sees it by its batches, and ends too.`,
  flags: ["pollInterval"],
  async run(call: Call): Promise<number> {
    const { argv, subject, flags, io, reporter } = call;
    const client = openClient(flags, io);
    const { pollInterval } = flags;
    const progress = reporter.progress(client.clock);
    const job = await client.attach(subject, { pollInterval, progress });
    await reporter.tell(`Cancelling ${subject}. It takes a minute or more.`, {
      type: "cancelling",
      job: subject,
    });
    await giveStatus(call, client, await job.cancel());
    const collect = shellLine(["results", ...argv.slice(1)], io);
    await reporter.tell(
      `Collect what was answered with:\n  ${collect}`,
      { type: "cancelled", job: subject, collect },
    );
    return ANSWERED;
  },
};

/** Finds them all. */
export const list: Command = {
  summary: "list the jobs that OpenAI still has files of",
  details: `\
Lists jobs, the newest first: name, phase, or "cancelled" and the like where it
stands still, requests answered, failed and in all, and when it was begun.`,
  flags: ["prefix", "done", "open"],
  async run({ flags, io, reporter }: Call): Promise<number> {
    const { prefix = "", done, open } = flags;
    const client = openClient(flags, io);
    const which = done === open ? {} : { done: done === true };
    for await (const found of client.jobs({ prefix, ...which })) {
      await reporter.give(row(found), { type: "status", ...found });
    }
    return ANSWERED;
  },
};

/** Deletes. */
export const clean: Command = {
  subject: "JOB",
  summary: "delete a job's files at OpenAI",
  details: `\
Deletes the files of a job at OpenAI. Its results can't be read again, and its
name stays taken. A job with active batches is refused: cancel it first.`,
  flags: [],
  async run({ subject, flags, io, reporter }: Call): Promise<number> {
    const client = openClient(flags, io);
    const progress = reporter.progress(client.clock);
    const job = await client.attach(subject, { progress });
    await job.cleanup();
    const text = `The files of ${subject} are deleted`;
    await reporter.give(text, { type: "cleaned", job: subject });
    return ANSWERED;
  },
};

/** Gives where a job stands, and the exit code that says the same. */
async function giveStatus(
  { reporter }: Call,
  { clock }: OpenAIBatch,
  found: JobStatus,
): Promise<number> {
  const text = describe(found, clock.now());
  await reporter.give(text, { type: "status", ...found });
  return exitCode(found);
}

function exitCode({ done, requests }: JobStatus): number {
  if (!done) return UNFINISHED;
  return requests.failed > 0 ? FAILED : ANSWERED;
}

function row(found: JobStatus): string {
  const { id, phase, stopped, requests, createdAt } = found;
  const { total, succeeded, failed } = requests;
  const counts = `${succeeded} answered, ${failed} failed of ${total}`;
  return [id, stopped?.code ?? phase, counts, createdAt.toISOString()]
    .join("\t");
}
