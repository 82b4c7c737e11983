/**
 * The command that sends requests and comes back.
 *
 * @module
 */

import type { JobStatus } from "../../mod.ts";
import { maySend } from "./ask_first.ts";
import type { Call, Command } from "./command.ts";
import { ANSWERED, UNSENT } from "../messages/errors.ts";
import { SEND_FLAGS } from "../flags/sets.ts";
import type { Input } from "../input/input.ts";
import { INPUT_HELP } from "../help/input.ts";
import { Interrupts } from "../terminal/interrupt.ts";
import { jobOptionsOf } from "../flags/options.ts";
import { withoutOptions } from "../flags/parse.ts";
import { withInput } from "./open.ts";
import { tellOfSettling } from "../messages/settling.ts";
import { shellLine } from "../messages/shell_line.ts";

/** Sends, and comes back. */
export const submit: Command = {
  subject: "INPUT",
  summary: "send requests and return",
  examples: [
    "openai-batch submit requests.jsonl --job nightly-2026-11-21",
    "openai-batch results nightly-2026-11-21 --output results.jsonl",
  ],
  details: `\
Uploads the requests of a file, creates the batches that fit into the queue, and
prints the job's name. "watch" and "results" continue the job, from any machine
with the same key. Without one of them, nothing more is sent.

${INPUT_HELP}`,
  flags: SEND_FLAGS,
  async run(call: Call): Promise<number> {
    return await withInput(call, async (client, input) => {
      const { flags, reporter } = call;
      if (!await maySend(call, client, input)) return UNSENT;
      await tellOfSettling(call, flags.job);
      const interrupts = new Interrupts(call, client);
      const progress = (status: JobStatus) => {
        if (status.id !== undefined) call.job = status.id;
        void reporter.showInPlace(status, client.clock);
      };
      const job = await interrupts.during(() =>
        client.submit(input.requests, {
          ...jobOptionsOf(flags, input.answers),
          progress,
          signal: interrupts.signal,
        })
      );
      await reporter.give(job.id, { type: "job", job: job.id });
      await tellOfResults(call, job.id, input);
      return ANSWERED;
    });
  },
};

/** Rows need their input, for its columns. */
async function tellOfResults(
  { argv, io, reporter }: Call,
  job: string,
  { table }: Input,
): Promise<void> {
  const others = withoutOptions(argv.slice(1), ["job", "yes", "budget"]);
  const words = table.format === "requests"
    ? ["results", job]
    : ["run", ...others, "--job", job];
  const collect = `${shellLine(words, io)} --output FILE`;
  await reporter.tell(
    `Wait for the answers and write them with:\n  ${collect}`,
    {
      type: "submitted",
      job,
      collect,
    },
  );
}
