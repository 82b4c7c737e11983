/**
 * The command that tells what requests will cost.
 *
 * @module
 */

import type { Estimate } from "../../mod.ts";
import type { Call, Command } from "./command.ts";
import { ANSWERED } from "../messages/errors.ts";
import { count, dollars, plural } from "../messages/figures.ts";
import { ESTIMATE_FLAGS } from "../flags/sets.ts";
import type { Flags } from "../flags/flags.ts";
import { INPUT_HELP } from "../help/input.ts";
import { paramsOf } from "../flags/options.ts";
import { withInput } from "./open.ts";
import { priceHint, uncountedHint } from "../messages/price_hint.ts";
import { type Column, drawTable } from "../terminal/print_table.ts";
import { columnsOf } from "../terminal/style.ts";
import { wrap } from "../terminal/wrap.ts";

const OPEN_OUTPUT =
  'The output has no limit, and is not in these costs: max_completion_tokens in --params limits it, --output-tokens N says how much to expect, and "openai-batch try" finds out';

type Row = Omit<Estimate["models"][string], "saving">;

/** Counts, and sends nothing. */
export const estimate: Command = {
  subject: "INPUT",
  summary: "say what requests would cost, without sending them",
  examples: [
    'openai-batch estimate reviews.txt --prompt "Sentiment of: {line}" --model gpt-4o-mini --output-tokens 10',
  ],
  details: `\
Counts the tokens of a file and says what they would cost, in batches and
directly. If every request limits its output (max_completion_tokens in --params
or in the request), that is the most it may cost. With --output-tokens it is what
you expect. Without either, only the input is counted. Tokens are estimated, and
retries are not included. Nothing is sent, and no key is needed.

${INPUT_HELP}`,
  flags: ESTIMATE_FLAGS,
  async run(call: Call): Promise<number> {
    const { flags, io, reporter } = call;
    const keyless = { ...io, client: { apiKey: "none", ...io.client } };
    return await withInput({ ...call, io: keyless }, async (client, input) => {
      const { endpoint, batchSize, maxBytes } = flags;
      const { outputTokens, uncountedTokens } = flags;
      const found = await client.estimate(input.requests, {
        endpoint,
        params: paramsOf(flags),
        batchSize,
        maxBytes,
        outputTokens,
        uncountedTokens,
      });
      const text = describe(found, flags, columnsOf(io.stdout));
      const line = { type: "estimate", ...found };
      await reporter.give(
        text,
        line,
        (text, { bold }) => text.replace(/^MODEL {2}.*/, (head) => bold(head)),
      );
      return ANSWERED;
    });
  },
};

const COLUMNS: readonly Column[] = [
  { title: "MODEL", least: 8 },
  { title: "REQUESTS", isNumber: true },
  { title: "INPUT", isNumber: true },
  { title: "OUTPUT", isNumber: true },
  { title: "BATCH", isNumber: true },
  { title: "AT ONCE", isNumber: true },
];

function describe(
  found: Estimate,
  { outputTokens, uncountedTokens }: Flags,
  width: number | undefined,
): string {
  const { requests, parts, bytes, models } = found;
  const rows = Object.entries(models);
  const all: [string, Row][] = rows.length > 1 ? [["in all", found]] : [];
  const cells = [...rows, ...all].map(([name, row]) => [name, ...cellsOf(row)]);
  const notes = [
    ...notesOn(found, outputTokens !== undefined),
    ...uncountedHint(found, uncountedTokens),
  ];
  return [
    ...drawTable(COLUMNS, cells, width),
    "",
    `${plural(requests, "request")} in ${plural(parts, "batch", "batches")}, ${
      plural(bytes, "byte")
    }`,
    ...notes.map((note) => wrap(note, (width ?? Infinity) - 1)),
  ].join("\n");
}

function cellsOf(
  { requests, inputTokens, maxOutputTokens, cost, standardCost }: Row,
): string[] {
  return [
    count(requests),
    count(inputTokens),
    maxOutputTokens === undefined ? "no limit" : count(maxOutputTokens),
    cost === undefined ? "?" : dollars(cost),
    standardCost === undefined ? "?" : dollars(standardCost),
  ];
}

/** What the figures are, and how to know more. */
function notesOn(
  { maxOutputTokens, models }: Estimate,
  isExpected: boolean,
): string[] {
  const hints = priceHint(
    Object.entries(models).map(([model, { cost }]) => ({ model, cost })),
  );
  if (maxOutputTokens === undefined) return [OPEN_OUTPUT, ...hints];
  const bound = isExpected
    ? "The output is as many tokens as you expect"
    : "The output is at most what its limits allow";
  return [bound, ...hints];
}
