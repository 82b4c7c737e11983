/**
 * The commands that end jobs: results, cancel and clean.
 *
 * @module
 */

import type { DirectLane, DirectStream, OpenAIBatch } from "../../mod.ts";
import type { Call, Command } from "./command.ts";
import { deliver, openSinks, summarize } from "../output/deliver.ts";
import { ANSWERED, UNFINISHED } from "../messages/errors.ts";
import { JOB_FLAGS, OUTPUT_FLAGS } from "../flags/sets.ts";
import { Interrupts } from "../terminal/interrupt.ts";
import { attachOptionsOf, openClient } from "../flags/options.ts";
import { retryLine } from "../messages/retry_hint.ts";
import { shellLine } from "../messages/shell_line.ts";
import { giveStatus } from "./status.ts";

/** Waits, and writes. */
export const results: Command = {
  subject: "JOB",
  summary: "write the results of a job",
  examples: [
    "openai-batch results nightly-2026-11-21 --output results.jsonl --failures failures.jsonl",
    "openai-batch results nightly-2026-11-21 --no-wait --format text",
  ],
  details: `\
Continues a job until it is done, and writes its results as they arrive; with
--no-wait, those that can be read now. At the end it says what was paid. If the
output already has some of them, the others are added. Ctrl-C leaves the job
running; Ctrl-C again within two seconds cancels it.

It doesn't know the input. For rows with the columns of a table, run the command
that the job was started with, with its --job: nothing is sent twice.`,
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
      const again = retryLine(call, subject);
      const code = await summarize(reporter, delivered, stream, flags, again);
      return wait || (await job.step()).done ? code : UNFINISHED;
    } finally {
      sinks.close();
    }
  },
};

const BACKGROUND_HELP = `\
With --lane 8h or --lane 2h, it is about the background responses that the job
has in that lane, by direct or after a deadline.`;

/** The background responses of a named job, without reading them. */
function backgroundOf(
  client: OpenAIBatch,
  job: string,
  lane: DirectLane,
): DirectStream<"/v1/responses"> {
  return client.direct<"/v1/responses">([], {
    endpoint: "/v1/responses",
    lane,
    job,
    progress: false,
  });
}

/** Cancels. */
export const cancel: Command = {
  subject: "JOB",
  summary: "cancel a job for good",
  examples: ["openai-batch cancel nightly-2026-11-21"],
  details: `\
Cancels a job for every process, and waits until nothing of it is running any
more: a minute or longer. What was answered by then is paid for; the command that
is printed writes it. The rest fails with the code cancelled, or batch_cancelled
if that was its last attempt. A process working on the job notices by its batches,
and ends too.

${BACKGROUND_HELP}`,
  flags: ["pollInterval", "lane"],
  async run(call: Call): Promise<number> {
    const { argv, subject, flags, io, reporter } = call;
    const client = openClient(flags, io);
    const { pollInterval } = flags;
    if (flags.lane !== undefined) {
      await backgroundOf(client, subject, flags.lane).cancel();
      const text = `The background responses of ${subject} are cancelled`;
      await reporter.give(text, { type: "cancelled", job: subject });
      return ANSWERED;
    }
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

/** Deletes. */
export const clean: Command = {
  subject: "JOB",
  summary: "delete a job's files at OpenAI",
  examples: ["openai-batch clean nightly-2026-11-21"],
  details: `\
Deletes the files of a job at OpenAI. Its results can't be read again, and its
name stays taken. A job with active batches is refused: cancel it first.

${BACKGROUND_HELP}`,
  flags: ["lane"],
  async run({ subject, flags, io, reporter }: Call): Promise<number> {
    const client = openClient(flags, io);
    if (flags.lane !== undefined) {
      await backgroundOf(client, subject, flags.lane).cleanup();
      const text = `The background responses of ${subject} are deleted`;
      await reporter.give(text, { type: "cleaned", job: subject });
      return ANSWERED;
    }
    const progress = reporter.progress(client.clock);
    const job = await client.attach(subject, { progress });
    await job.cleanup();
    const text = `The files of ${subject} are deleted`;
    await reporter.give(text, { type: "cleaned", job: subject });
    return ANSWERED;
  },
};
