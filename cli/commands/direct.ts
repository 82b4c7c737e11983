/**
 * The command that sends requests without a batch.
 *
 * @module
 */

import type { Endpoint, OpenAIBatch, RequestLine } from "../../mod.ts";
import type { Call, Command } from "./command.ts";
import {
  deliver,
  openSinks,
  type Sinks,
  summarize,
} from "../output/deliver.ts";
import { Interrupted } from "../messages/errors.ts";
import { INPUT_FLAGS, OUTPUT_FLAGS } from "../flags/sets.ts";
import type { Flags } from "../flags/flags.ts";
import type { Input } from "../input/input.ts";
import { INPUT_HELP } from "../help/input.ts";
import { withInput } from "./open.ts";

/** Sends at once, at the full price, or in another lane. */
export const direct: Command = {
  subject: "INPUT",
  summary: "send requests without a batch: at once, or in another lane",
  examples: [
    "openai-batch direct requests.jsonl --output results.jsonl --failures failures.jsonl",
    "openai-batch direct requests.jsonl --lane flex --fallback-after 10m --output results.jsonl",
    "openai-batch direct responses.jsonl --lane 8h --job night --output results.jsonl",
  ],
  details: `\
Sends requests without a batch, many at the same time, and writes one result for
each. There is no job: the answers are only in the output. If it ends early, the
same command sends only what isn't in the --output file yet; failures are sent
again if they have a file of their own (--failures).

In the lanes 8h and 2h, responses run in the background. With a --job, their ids
are kept at OpenAI, and the same command continues after a crash. Without one,
Ctrl-C cancels what is running, because it could not be found again.

${INPUT_HELP}`,
  flags: [
    ...OUTPUT_FLAGS,
    ...INPUT_FLAGS,
    "job",
    "lane",
    "fallbackAfter",
    "maxAttempts",
    "concurrency",
  ],
  async run(call: Call): Promise<number> {
    const isDirect = true;
    return await withInput(
      call,
      (client, input) => sendDirectly(call, client, input),
      isDirect,
    );
  },
};

async function sendDirectly(
  call: Call,
  client: OpenAIBatch,
  input: Input,
): Promise<number> {
  const { flags, io, reporter } = call;
  const sinks = await openSinks(call, undefined, input);
  const leave = new AbortController();
  const end = io.onInterrupt(() =>
    leave.abort(new Interrupted(farewell(flags, sinks)))
  );
  try {
    const { endpoint, maxAttempts, concurrency } = flags;
    const { job, lane, fallbackAfter } = flags;
    const missing = without(sinks, input);
    const stream = client.direct(missing, {
      endpoint,
      maxAttempts,
      concurrency,
      job,
      lane,
      fallbackAfter,
      atAbort: job === undefined ? "cancel" : "leave",
      ...(input.answers ? { schema: input.answers.schema } : {}),
      progress: reporter.progress(client.clock),
      signal: leave.signal,
    });
    const delivered = await deliver(stream, sinks);
    return await summarize(reporter, delivered, stream, flags);
  } finally {
    end();
    sinks.close();
  }
}

function farewell({ output, job }: Flags, sinks: Sinks): string {
  if (job !== undefined) {
    return `Interrupted: the job ${job} keeps running at OpenAI; the same command continues it`;
  }
  return sinks.output.keeps
    ? `Interrupted: the same command sends what ${output} doesn't have yet`
    : "Interrupted: next time, everything is sent again. With --output FILE, answers are kept";
}

/** The requests that the output doesn't have. */
function without(
  { output }: Sinks,
  input: Input,
): () => Iterable<RequestLine<Endpoint>> {
  const size = input.size - output.held;
  return Object.assign(() => input.lines((id) => !output.has(id)), { size });
}
