/**
 * The command that deletes a job's files.
 *
 * @module
 */

import { openClient } from "../flags/options.ts";
import { ANSWERED } from "../messages/errors.ts";
import { BACKGROUND_HELP, backgroundOf } from "./background.ts";
import type { Call, Command } from "./command.ts";

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
