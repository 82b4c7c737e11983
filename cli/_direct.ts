/**
 * The command that asks the synchronous endpoints.
 *
 * @module
 */

import type { Endpoint, RequestLine } from "../mod.ts";
import type { Call, Command } from "./_command.ts";
import { deliver, openSinks, type Sinks, summarize } from "./_deliver.ts";
import { Interrupted } from "./_errors.ts";
import { INPUT_FLAGS, OUTPUT_FLAGS } from "./_flag_sets.ts";
import type { Flags } from "./_flags.ts";
import { type Input, openInput } from "./_input.ts";
import { INPUT_HELP } from "./_input_help.ts";
import { openClient } from "./_options.ts";

/** Asks at once, at the full price. */
export const direct: Command = {
  subject: "INPUT",
  summary: "send requests at once, at the full price, without a batch",
  examples: [
    "openai-batch direct requests.jsonl --output results.jsonl --failures failures.jsonl",
  ],
  details: `\
Asks the synchronous endpoints, many requests at a time, and writes one result
for each. There is no job: answers are nowhere but in the output. If it ends
early, the same command asks only what an --output file does not hold yet;
failures are asked again if they have a file of their own (--failures).

${INPUT_HELP}`,
  flags: [
    ...OUTPUT_FLAGS,
    ...INPUT_FLAGS,
    "maxAttempts",
    "concurrency",
  ],
  async run(call: Call): Promise<number> {
    const { subject, flags, io, reporter } = call;
    const client = openClient(flags, io);
    const input = await openInput(subject, flags, io, reporter);
    const sinks = await openSinks(call, undefined, input);
    const leave = new AbortController();
    const end = io.onInterrupt(() =>
      leave.abort(new Interrupted(farewell(flags, sinks)))
    );
    try {
      const { endpoint, maxAttempts, concurrency } = flags;
      const missing = without(sinks, input);
      const stream = client.direct(missing, {
        endpoint,
        maxAttempts,
        concurrency,
        ...(input.answers ? { schema: input.answers.schema } : {}),
        progress: reporter.progress(client.clock),
        signal: leave.signal,
      });
      const delivered = await deliver(stream, sinks);
      return await summarize(reporter, delivered, stream, flags);
    } finally {
      end();
      sinks.close();
      input.close();
    }
  },
};

function farewell({ output }: Flags, sinks: Sinks): string {
  return sinks.output.keeps
    ? `Interrupted: the same command asks what ${output} does not hold yet`
    : "Interrupted: the next time all is asked again; --output FILE keeps what is answered";
}

/** The requests that the output does not hold. */
function without(
  { output }: Sinks,
  input: Input,
): () => Iterable<RequestLine<Endpoint>> {
  const size = input.size - output.held;
  return Object.assign(() => input.lines((id) => !output.has(id)), { size });
}
