/**
 * The command that sends again what failed.
 *
 * @module
 */

import type { OpenAIBatch } from "../../mod.ts";
import { maySend } from "./ask_first.ts";
import type { Call, Command } from "./command.ts";
import {
  deliver,
  openSinks,
  type Sinks,
  summarize,
} from "../output/deliver.ts";
import { ANSWERED, UNSENT, UsageError } from "../messages/errors.ts";
import {
  type Attempts,
  checkSameIds,
  Failed,
  findAttempts,
  retryOf,
} from "./failed.ts";
import { plural } from "../messages/figures.ts";
import { OUTPUT_FLAGS, RETRY_FLAGS } from "../flags/sets.ts";
import type { Input } from "../input/input.ts";
import { Interrupts } from "../terminal/interrupt.ts";
import { attachOptionsOf, jobOptionsOf } from "../flags/options.ts";
import { withInput } from "./open.ts";
import { shellLine } from "../messages/shell_line.ts";
import { tellOfSettling } from "../messages/settling.ts";
import { tellIfSlow } from "../messages/slow.ts";

/** Sends failures again. */
export const retry: Command = {
  subject: "JOB INPUT",
  summary: "send what failed in a job again",
  examples: [
    'openai-batch retry nightly-2026-11-21 reviews.csv --prompt "Sentiment of: {review}" --output answers.csv',
    "openai-batch retry nightly-2026-11-21 requests.jsonl --output results.jsonl --failures failures.jsonl",
  ],
  details: `\
Sends what failed in a finished job again, word for word, in a job of its own:
JOB-retry-1, and so on. A retry that isn't finished yet continues. Answers take
the place of failures in --output, which then has one row for each row of INPUT.
An answer is never replaced.

Use the INPUT and the input options that the job was started with: they are only
needed for the rows of the output. If it was started with --max-attempts, give the
same here: that decides whether it is finished. "run" and "results" print the complete command
if something has failed.`,
  flags: [...OUTPUT_FLAGS, ...RETRY_FLAGS],
  async run(call: Call): Promise<number> {
    return await withInput(call, async (client, input) => {
      const interrupts = new Interrupts(call, client);
      return await interrupts.during(() =>
        retryFailures(call, client, input, interrupts.signal)
      );
    });
  },
};

async function retryFailures(
  call: Call,
  client: OpenAIBatch,
  input: Input,
  signal: AbortSignal,
): Promise<number> {
  const { subject, flags, reporter } = call;
  const status = await client.status(subject, {
    ...attachOptionsOf(flags), // with more attempts it would not be done
    progress: reporter.progress(client.clock),
    signal,
  });
  if (!status.done) throw isUnfinished(call);
  const attempts = await findAttempts(subject, client, signal);
  const checking = checkSameIds(subject, attempts.inputs, input);
  await tellIfSlow(call, checking, "Comparing the input with the job's");
  const sinks = await openSinks(call, subject, input);
  try {
    return await ask({ call, client, signal, attempts, input, sinks });
  } finally {
    sinks.close();
  }
}

interface Context {
  call: Call;
  client: OpenAIBatch;
  signal: AbortSignal;
  attempts: Attempts;
  input: Input;
  sinks: Sinks;
}

async function ask(context: Context): Promise<number> {
  const { call, client, signal, attempts, input, sinks } = context;
  const { subject, flags, reporter } = call;
  const { failed, next } = await readAttempts(context);
  const job = retryOf(subject, next);
  if (failed.ids.size === 0) {
    sinks.failures.begin();
    await sinks.output.finish();
    await reporter.tell(
      `All requests of ${subject} are answered: there is nothing to send again`,
      { type: "answered", job: subject },
    );
    return ANSWERED;
  }
  const requests = failed.lines(attempts.inputs);
  await reporter.tell(
    `${plural(failed.ids.size, "request")} of ${subject} failed`,
    { type: "failed", job: subject, failed: failed.ids.size },
  );
  const isNew = !attempts.retries.includes(next);
  if (
    isNew && !await maySend(call, client, { requests, size: requests.size })
  ) return UNSENT;
  call.job = job;
  await reporter.tell(`Job ${job}`, { type: "job", job });
  if (isNew) await tellOfSettling(call, job);
  const stream = client.stream(requests, {
    ...jobOptionsOf(flags, input.answers),
    job,
    progress: reporter.progress(client.clock),
    signal,
  });
  const delivered = await deliver(stream, sinks);
  const again = shellLine(call.argv, call.io);
  return await summarize(reporter, delivered, stream, flags, again);
}

/** Writes what is answered already, and finds what to send again. */
async function readAttempts(
  { call, client, signal, attempts, input, sinks }: Context,
): Promise<{ failed: Failed; next: number }> {
  const { subject, flags, reporter } = call;
  const progress = reporter.progress(client.clock);
  const options = {
    ...attachOptionsOf(flags),
    ...(input.answers ? { schema: input.answers.schema } : {}),
    progress,
    signal,
  };
  const { output } = sinks;
  const failed = new Failed(async (result) => {
    if (output.has(result.id)) return; // failures stay until there is more
    output.begin();
    await output.write(result);
  });
  // All are there, unless reading shows that one isn't an answer: then the job continues.
  const resultsOf = async (id: string) =>
    (await client.attach(id, options)).results();
  const reading = resultsOf(subject).then((results) => failed.addJob(results));
  await tellIfSlow(
    call,
    reading,
    `Reading the answers of ${subject}. If some turn out to be missing, the job continues before anything is sent again`,
  );
  const last = attempts.retries.at(-1) ?? 0;
  for (const number of attempts.retries) {
    const id = retryOf(subject, number);
    const isLast = number === last;
    const isOpen = isLast && !(await client.status(id, options)).done;
    if (isOpen) return { failed, next: number };
    await failed.addRetry(await resultsOf(id));
  }
  return { failed, next: last + 1 };
}

function isUnfinished({ subject, io }: Call): UsageError {
  return new UsageError(
    `The job ${subject} isn't done, so it isn't known yet what failed. If it was run with --max-attempts, give the same here. Otherwise continue it first: ${
      shellLine(["watch", subject], io)
    }`,
  );
}
