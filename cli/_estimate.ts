/**
 * The command that tells what requests will cost.
 *
 * @module
 */

import type { Estimate } from "../mod.ts";
import type { Call, Command } from "./_command.ts";
import { ANSWERED } from "./_errors.ts";
import { INPUT_FLAGS } from "./_flag_sets.ts";
import { openInput } from "./_input.ts";
import { INPUT_HELP } from "./_input_help.ts";
import { openClient, paramsOf } from "./_options.ts";
import { priceHint, uncountedHint } from "./_price_hint.ts";

const OPEN_OUTPUT =
  "Output without a limit is not in the price: max_completion_tokens in --params bounds it, --output-tokens N says what to expect";

type Row = Estimate["models"][string];

/** Counts, and sends nothing. */
export const estimate: Command = {
  subject: "INPUT",
  summary: "say what requests would cost, without sending them",
  examples: [
    'openai-batch estimate reviews.txt --prompt "Sentiment of: {line}" --model gpt-4o-mini --output-tokens 10',
  ],
  details: `\
Counts the tokens of a file and says what they would cost as batches. That is
"at most" where every request limits its output, by max_completion_tokens in
--params or in the request; with --output-tokens it is what you expect, and
without either only the input is counted. Tokens are estimated, and what is
asked again is not counted. Nothing is sent, and no key is needed.

${INPUT_HELP}`,
  flags: [
    ...INPUT_FLAGS,
    "outputTokens",
    "uncountedTokens",
    "batchSize",
    "maxBytes",
    "prices",
  ],
  async run({ subject, flags, io, reporter }: Call): Promise<number> {
    const client = openClient(flags, {
      ...io,
      client: { apiKey: "none", ...io.client },
    });
    const input = await openInput(subject, flags, io, reporter);
    const { endpoint, batchSize, maxBytes } = flags;
    const { outputTokens, uncountedTokens } = flags;
    const found = await client.estimate(input.requests, {
      endpoint,
      params: paramsOf(flags),
      batchSize,
      maxBytes,
      outputTokens,
      uncountedTokens,
    }).finally(() => input.close());
    const text = [
      describe(found, outputTokens !== undefined),
      ...uncountedHint(found, uncountedTokens),
    ].join("\n");
    await reporter.give(text, { type: "estimate", ...found });
    return ANSWERED;
  },
};

function describe(found: Estimate, isExpected: boolean): string {
  const { requests, parts, bytes, models } = found;
  const rows = Object.entries(models).map(([model, row]) =>
    `${model}: ${describeRow(row, isExpected)}`
  );
  const total = rows.length > 1
    ? [`in all: ${describeRow(found, isExpected)}`]
    : [];
  return [
    `requests: ${requests}, batches: ${parts}, bytes: ${bytes}`,
    ...rows,
    ...total,
    ...hintsOf(found),
  ].join("\n");
}

function describeRow(
  { requests, inputTokens, maxOutputTokens, cost, standardCost }: Omit<
    Row,
    "saving"
  >,
  isExpected: boolean,
): string {
  const bound = isExpected ? "expected" : "at most";
  const isOpen = maxOutputTokens === undefined;
  const output = isOpen
    ? "output without a limit"
    : `${maxOutputTokens} output tokens ${bound}`;
  const price = cost === undefined || standardCost === undefined
    ? "no known price"
    : `$${cost.toFixed(6)} ${isOpen ? "without that output" : bound}, ` +
      `instead of $${standardCost.toFixed(6)} without the batch discount`;
  return `${requests} requests, ${inputTokens} input tokens, ${output}: ${price}`;
}

/** How to know more. */
function hintsOf({ maxOutputTokens, models }: Estimate): string[] {
  const hints = priceHint(
    Object.entries(models).map(([model, { cost }]) => ({ model, cost })),
  );
  return maxOutputTokens === undefined ? [OPEN_OUTPUT, ...hints] : hints;
}
