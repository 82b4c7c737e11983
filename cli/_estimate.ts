/**
 * The command that tells what requests will cost.
 *
 * @module
 */

import type { Estimate } from "../mod.ts";
import type { Call, Command } from "./_command.ts";
import { ANSWERED } from "./_errors.ts";
import { openInput } from "./_input.ts";
import { openClient, paramsOf } from "./_options.ts";
import { INPUT_FLAGS, INPUT_HELP } from "./_send.ts";

type Row = Estimate["models"][string];

/** Counts, and sends nothing. */
export const estimate: Command = {
  subject: "INPUT",
  summary: "say what requests would cost, without sending them",
  details: `\
Counts the tokens of a file and says what they would cost as batches, at most:
output counts as far as it is limited, by max_completion_tokens in --params or
by --output-tokens. Nothing is sent, and no key is needed.

${INPUT_HELP}

Example:
  openai-batch estimate reviews.txt --prompt "Sentiment of: {line}" \\
    --model gpt-4o-mini --output-tokens 10`,
  flags: [...INPUT_FLAGS, "outputTokens", "batchSize", "maxBytes", "prices"],
  async run({ subject, flags, io, reporter }: Call): Promise<number> {
    const client = openClient(flags, {
      ...io,
      client: { apiKey: "none", ...io.client },
    });
    const requests = await openInput(subject, flags, io);
    const { endpoint, batchSize, maxBytes, outputTokens } = flags;
    const found = await client.estimate(requests, {
      endpoint,
      params: paramsOf(flags),
      batchSize,
      maxBytes,
      outputTokens,
    });
    await reporter.give(describe(found), { type: "estimate", ...found });
    return ANSWERED;
  },
};

function describe(found: Estimate): string {
  const { requests, parts, bytes, models } = found;
  const rows = Object.entries(models).map(([model, row]) =>
    `${model}: ${describeRow(row)}`
  );
  const total = rows.length > 1 ? [`in all: ${describeRow(found)}`] : [];
  return [
    `requests: ${requests}, batches: ${parts}, bytes: ${bytes}`,
    ...rows,
    ...total,
  ].join("\n");
}

function describeRow(
  { requests, inputTokens, maxOutputTokens, cost, standardCost }: Omit<
    Row,
    "saving"
  >,
): string {
  const output = maxOutputTokens === undefined
    ? "output without a limit, which is not in the price (--output-tokens N)"
    : `${maxOutputTokens} output tokens at most`;
  const price = cost === undefined || standardCost === undefined
    ? "no known price (--prices)"
    : `$${cost.toFixed(6)} at most, instead of $${standardCost.toFixed(6)}`;
  return `${requests} requests, ${inputTokens} input tokens, ${output}: ${price}`;
}
