/**
 * The commands that take an input: run and submit.
 *
 * @module
 */

import type { JobStatus } from "../mod.ts";
import type { Call, Command } from "./_command.ts";
import { deliver, openSinks, summarize } from "./_deliver.ts";
import { ANSWERED } from "./_errors.ts";
import type { FlagName } from "./_flags.ts";
import { openInput } from "./_input.ts";
import { Interrupts } from "./_interrupt.ts";
import { jobOptionsOf, openClient } from "./_options.ts";
import { openPage } from "./_report.ts";

/** What makes an input requests. */
export const INPUT_FLAGS: readonly FlagName[] = [
  "model",
  "params",
  "endpoint",
  "prompt",
];

/** Where results go. */
export const OUTPUT_FLAGS: readonly FlagName[] = [
  "output",
  "failures",
  "format",
  "body",
];

/** How a job is driven. */
export const JOB_FLAGS: readonly FlagName[] = [
  "maxAttempts",
  "maxActiveBatches",
  "maxEnqueuedTokens",
  "deadline",
  "atDeadline",
  "batchTimeout",
  "pollInterval",
];

const SEND_FLAGS: readonly FlagName[] = [
  "job",
  ...INPUT_FLAGS,
  "batchSize",
  "maxBytes",
  "budget",
  "uncountedTokens",
  ...JOB_FLAGS,
  "batch",
  "file",
];

/** What an input is, for the help. */
export const INPUT_HELP = `\
INPUT is a file or a pipe, or - for stdin. Each line of it is a request: in JSON, one of
  "a prompt"
  {"role": "user", "content": "a message"}
  [{"role": "system", "content": "…"}, {"role": "user", "content": "…"}]
  {"id": "yours", "content": "a prompt, or messages", "params": {"temperature": 0}}
  {"id": "yours", "body": {"model": "gpt-4o-mini", "messages": […]}}
  {"custom_id": "yours", "method": "POST", "url": "/v1/chat/completions", "body": {…}}
or, with --prompt, plain text. A request without an id has its position, from 0.`;

/** What to do about failures, for the help. */
export const ASK_AGAIN_HELP = `\
To ask what failed once more: first what expired or failed in passing (408, 409,
429, 5xx), by the same job with a higher --max-attempts; then all else, as
another job. The failures file has the ids; of a request without one it is the
line, from 0, empty ones left out.
  jq -c --slurpfile bad failures.jsonl 'select((.id? // .custom_id?) as $id |
    any($bad[]; .id == $id))' requests.jsonl > again.jsonl
or, of the lines of a text,
  jq -r .id failures.jsonl | awk 'NR == FNR {bad[$0]; next}
    /[^[:space:]]/ && n++ in bad' - prompts.txt > again.txt
and then, with the --model and all else of the first run,
  openai-batch run again.jsonl --job ANOTHER --output again-results.jsonl …`;

/** Sends, waits, writes. */
export const run: Command = {
  subject: "INPUT",
  summary: "send requests, wait for the answers and write them",
  details: `\
Sends the requests of a file, waits for their batches (up to 24 hours, mostly
much less) and writes one result for each, as they come, not in input order.
At the end it says what was paid.

${INPUT_HELP}

Each result is a line such as one of
  {"id": "a", "ok": true, "output": "…", "finishReason": "stop", "usage": {…}, …}
  {"id": "b", "ok": false, "error": {"code": "…", "message": "…"}, …}

Stop and go on: Ctrl-C leaves the batches running at OpenAI and prints the
command to go on with: the same one with --job. A process that was killed goes
on with it too; the job's name is the first thing that is printed, and "list"
knows it. Nothing is sent or paid twice, and each id is in the output once.
Ctrl-C again within two seconds cancels the job, waits for what was answered
and writes it.

${ASK_AGAIN_HELP}

Examples:
  openai-batch run requests.jsonl --output results.jsonl --failures failures.jsonl
  openai-batch run reviews.txt --prompt "Sentiment of: {line}" --model gpt-4o-mini \\
    --params '{"max_completion_tokens": 10}' --job reviews-1 --output reviews.jsonl`,
  flags: [...OUTPUT_FLAGS, "report", ...SEND_FLAGS],
  async run(call: Call): Promise<number> {
    const { subject, flags, io, reporter } = call;
    const client = openClient(flags, io);
    const { requests } = await openInput(subject, flags, io);
    const interrupts = new Interrupts(call, client);
    const page = flags.report === undefined
      ? undefined
      : await openPage(flags.report, call);
    const stream = client.stream(requests, {
      ...jobOptionsOf(flags),
      progress: reporter.progress(client.clock),
      signal: interrupts.signal,
    });
    const job = stream.jobId!;
    const sinks = await openSinks(call, job);
    call.job = job;
    await reporter.tell(`Job ${job}`, { type: "job", job });
    await tellOfSettling(call);
    try {
      const delivered = await interrupts.during(() =>
        deliver(stream, sinks, page?.report)
      );
      await page?.write(stream);
      return await summarize(reporter, delivered, stream, flags);
    } finally {
      sinks.close();
      page?.close();
    }
  },
};

/** Sends, and comes back. */
export const submit: Command = {
  subject: "INPUT",
  summary: "send requests and come back",
  details: `\
Uploads the requests of a file, creates the batches that fit into the queue,
and prints the job's name. "watch" and "results" go on with it, from any
machine with the same key; without one of them nothing more is sent.

${INPUT_HELP}

Examples:
  openai-batch submit requests.jsonl --job nightly-2026-11-21
  openai-batch results nightly-2026-11-21 --output results.jsonl`,
  flags: SEND_FLAGS,
  async run(call: Call): Promise<number> {
    const { subject, flags, io, reporter } = call;
    const client = openClient(flags, io);
    const { requests } = await openInput(subject, flags, io);
    const interrupts = new Interrupts(call, client);
    await tellOfSettling(call);
    const progress = (status: JobStatus) => {
      call.job = status.id;
      void reporter.show(status, client.clock);
    };
    const job = await interrupts.during(() =>
      client.submit(requests, {
        ...jobOptionsOf(flags),
        progress,
        signal: interrupts.signal,
      })
    );
    await reporter.give(job.id, { type: "job", job: job.id });
    return ANSWERED;
  },
};

/** The default of the client's option. */
const SETTLE_TIME = 30_000;

/** Says why a named job is silent at first. */
async function tellOfSettling({ flags, io, reporter }: Call): Promise<void> {
  const { job, settleTime = io.client?.settleTime ?? SETTLE_TIME } = flags;
  if (job === undefined || settleTime === 0) return;
  await reporter.tell(
    `Waiting ${
      settleTime / 1000
    } s before anything new is sent, so that what an earlier run of this job has sent shows (--settle-time)`,
    { type: "settling", job, settleTime },
  );
}
