/**
 * The command that sends requests, waits for the answers and writes them.
 *
 * @module
 */

import { maySend } from "./ask_first.ts";
import type { Call, Command } from "./command.ts";
import { deliver, openSinks, summarize } from "../output/deliver.ts";
import { UNSENT } from "../messages/errors.ts";
import { OUTPUT_FLAGS, SEND_FLAGS } from "../flags/sets.ts";
import { INPUT_HELP } from "../help/input.ts";
import { Interrupts } from "../terminal/interrupt.ts";
import { jobOptionsOf } from "../flags/options.ts";
import { withInput } from "./open.ts";
import { openPage } from "./report.ts";
import { retryLine } from "../messages/retry_hint.ts";
import { tellOfLimits, tellOfSettling } from "../messages/settling.ts";

/** Sends, waits, writes. */
export const run: Command = {
  subject: "INPUT",
  summary: "send requests, wait for the answers and write them",
  examples: [
    'openai-batch run reviews.csv --prompt "Sentiment of: {review}" --model gpt-4o-mini --output answers.csv',
    'openai-batch run reviews.csv --prompt "{review}" --fields "mood:good|bad, stars:int, why" --model gpt-4o-mini --output answers.csv',
    'openai-batch run pictures --prompt "Write a caption." --model gpt-4o-mini --output captions.csv',
    "openai-batch run requests.jsonl --output results.jsonl --failures failures.jsonl",
  ],
  details: `\
Sends the requests of a file, waits for their batches (up to 24 hours, usually
much less) and writes one result for each, not in input order. The answers of a
batch are written when it has ended: before that they can't be read, even if the
progress counts them. At the end it says what was paid. To send ten rows first,
use "try".

A large input is cut into parts. Each goes into a batch of its own, and is done
once its answers are written.

On a terminal it first says what a new job may cost, and asks. It doesn't ask
with --yes or --budget, in a pipe or a script, or when a job continues.

${INPUT_HELP}

For a table, records or text, the output has the columns of the input, then
"output" or the --fields, then "error". For requests, it has lines such as
  {"id": "a", "ok": true, "output": "…", "usage": {…}, …}
  {"id": "b", "ok": false, "error": {"code": "…", "message": "…"}, …}

Stop and continue: Ctrl-C leaves the batches running at OpenAI and prints the
command that continues them: the same one with --job. After a kill, that command
works too; the job's name is the first thing that is printed, and "status" lists
it. Nothing is sent or paid for twice, and each row is in the output once. Ctrl-C
again within two seconds cancels the job, waits for what was answered and writes
it. "retry" sends what failed again.`,
  flags: [...OUTPUT_FLAGS, "report", ...SEND_FLAGS],
  async run(call: Call): Promise<number> {
    return await withInput(call, async (client, input) => {
      const { flags, reporter } = call;
      const interrupts = new Interrupts(call, client);
      const page = flags.report === undefined
        ? undefined
        : await openPage(flags.report, call);
      const stream = client.stream(input.requests, {
        ...jobOptionsOf(flags, input.answers),
        progress: reporter.progress(client.clock),
        signal: interrupts.signal,
      });
      const job = stream.jobId!;
      const sinks = await openSinks(call, job, input);
      try {
        if (!await maySend(call, client, input)) return UNSENT;
        call.job = job;
        await reporter.tell(`Job ${job}`, { type: "job", job });
        await tellOfSettling(call, flags.job);
        await tellOfLimits(call);
        const delivered = await interrupts.during(() =>
          deliver(stream, sinks, page?.report)
        );
        await page?.write(stream);
        const again = retryLine(call, job);
        return await summarize(reporter, delivered, stream, flags, again);
      } finally {
        sinks.close();
        page?.close();
      }
    });
  },
};
