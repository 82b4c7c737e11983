/**
 * The command that waits for a job and writes its results.
 *
 * @module
 */

import { JOB_FLAGS, OUTPUT_FLAGS } from "../flags/sets.ts";
import { UNFINISHED } from "../messages/errors.ts";
import { retryLine } from "../messages/retry_hint.ts";
import { deliver, openSinks, summarize } from "../output/deliver.ts";
import type { Call, Command } from "./command.ts";
import { attachTo } from "./open.ts";

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
    const { flags, reporter, subject } = call;
    const wait = !flags.noWait;
    const { interrupts, job } = await attachTo(call);
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
