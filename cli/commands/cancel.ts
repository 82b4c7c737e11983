/**
 * The command that cancels a job.
 *
 * @module
 */

import { openClient } from "../flags/options.ts";
import { ANSWERED } from "../messages/errors.ts";
import { shellLine } from "../messages/shell_line.ts";
import { BACKGROUND_HELP, backgroundOf } from "./background.ts";
import type { Call, Command } from "./command.ts";
import { giveStatus } from "./job_list.ts";

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
      `Write what was answered with:\n  ${collect} --output FILE\nFor a table with its columns, use the command that started the job, with --job ${subject}`,
      { type: "cancelled", job: subject, collect },
    );
    return ANSWERED;
  },
};
