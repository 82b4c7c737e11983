/**
 * The command that sends a few rows, and estimates from them what all will cost.
 *
 * @module
 */

import { join, parse } from "node:path";
import type { Endpoint, Sample } from "../../mod.ts";
import type { Call, Command } from "./command.ts";
import { ANSWERED, FAILED, Interrupted } from "../messages/errors.ts";
import { count, dollars, plural } from "../messages/figures.ts";
import { INPUT_FLAGS } from "../flags/sets.ts";
import type { FlagName } from "../flags/flags.ts";
import type { Input } from "../input/input.ts";
import { INPUT_HELP } from "../help/input.ts";
import { paramsOf } from "../flags/options.ts";
import { withInput } from "./open.ts";
import { withoutOptions } from "../flags/parse.ts";
import { priceHint } from "../messages/price_hint.ts";
import { shellLine } from "../messages/shell_line.ts";
import { columnsOf } from "../terminal/style.ts";
import { answersTable, lanesTable } from "./try_tables.ts";

/** Sends a few. */
export const tryFew: Command = {
  subject: "INPUT",
  summary: "send ten rows at once, and say what all of them will cost",
  examples: [
    'openai-batch try reviews.csv --prompt "Sentiment of: {review}" --model gpt-4o-mini',
    'openai-batch try reviews.csv --prompt "{review}" --fields "mood:good|bad, why" --model gpt-4o-mini --size 5',
  ],
  details: `\
Sends some rows of the input right away, at the standard price, and shows them
with their answers, tokens and cost. From their real tokens it estimates what all
rows will cost in each lane, as a range that holds nine times out of ten if those
rows are like the others. It also prints the command that runs them all. Nothing
is written, and no job is started.

${INPUT_HELP}`,
  flags: [
    "size",
    "pick",
    ...INPUT_FLAGS,
    "batchSize",
    "maxBytes",
    "maxAttempts",
    "concurrency",
  ],
  async run(call: Call): Promise<number> {
    return await withInput(call, async (client, input) => {
      const { flags, io, reporter } = call;
      const { endpoint, batchSize, maxBytes, maxAttempts, concurrency } = flags;
      const leave = new AbortController();
      const end = io.onInterrupt(() =>
        leave.abort(new Interrupted("Interrupted: nothing was written"))
      );
      try {
        const sample = await client.sample(input.requests, {
          endpoint,
          params: paramsOf(flags),
          size: flags.size,
          pick: flags.pick,
          batchSize,
          maxBytes,
          maxAttempts,
          concurrency,
          ...(input.answers ? { schema: input.answers.schema } : {}),
          progress: reporter.progress(client.clock),
          signal: leave.signal,
        });
        await show(call, input, sample);
        return sample.failed.length > 0 ? FAILED : ANSWERED;
      } finally {
        end();
      }
    });
  },
};

async function show(
  call: Call,
  input: Input,
  sample: Sample<Endpoint>,
): Promise<void> {
  const { io, flags, reporter } = call;
  const { results, estimate, usage } = sample;
  const { prompt, prices } = flags;
  const width = columnsOf(io.stdout);
  const table = answersTable(results, {
    input,
    prompt,
    width,
    prices,
    namesRows: flags.id !== undefined,
  });
  const paid = usage.cost === undefined ? "" : `, for ${dollars(usage.cost)}`;
  const asked = `${count(results.length)} of ${
    plural(estimate.requests, "row")
  } sent${paid}`;
  const run = runLine(call, input);
  const text = [
    ...table,
    "",
    ...lanesTable(estimate, asked, width),
    ...priceHint(usage.models),
    "",
    `Run ${input.size === results.length ? "them" : "all rows"} with:`,
    `  ${run}`,
  ].join("\n");
  const line = { type: "sample", results, estimate, usage, run };
  await reporter.give(
    text,
    line,
    (text, { bold }) => text.replace(/^.*/, (head) => bold(head)),
  );
}

/** Options that only this command has. */
const OWN: readonly FlagName[] = ["size", "pick", "concurrency"];

/** The same with another command, and a file beside the input for the answers. */
function runLine({ argv, subject, io }: Call, { table }: Input): string {
  const others = withoutOptions(argv.slice(1), OWN);
  const { dir, name, ext } = parse(subject);
  const isNamed = /[^.-]/.test(name);
  const path = join(dir, isNamed ? `${name}-answers` : "answers");
  const usual = table.delimiter === undefined ? ".jsonl" : ".csv";
  const ending = /^\.(csv|tsv|json|jsonl)$/.test(ext) ? ext : usual;
  return shellLine(["run", ...others, "--output", `${path}${ending}`], io);
}
