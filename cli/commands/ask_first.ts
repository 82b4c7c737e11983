/**
 * Says what a new job is and may cost, and asks whether to send it.
 *
 * @module
 */

import type { Estimate, OpenAIBatch } from "../../mod.ts";
import type { Call } from "./command.ts";
import { confirm } from "../terminal/confirm.ts";
import { dollars, plural } from "../messages/figures.ts";
import type { Input } from "../input/input.ts";
import { paramsOf } from "../flags/options.ts";
import { priceHint, uncountedHint } from "../messages/price_hint.ts";
import { columnsOf } from "../terminal/style.ts";
import { wrap } from "../terminal/wrap.ts";

/** Counting this many takes seconds. */
const MANY = 50_000;

/**
 * Asks, if there is someone to answer: not with `--yes` or `--budget`, nor if the
 * job is being continued.
 *
 * @param call The command.
 * @param client Knows the job, and the prices.
 * @param input What is to be sent.
 * @returns Whether to send it.
 */
export async function maySend(
  call: Call,
  client: OpenAIBatch,
  { requests, size }: Pick<Input, "requests" | "size">,
): Promise<boolean> {
  const { flags, io, reporter } = call;
  const { yes, budget, json, job } = flags;
  const isAsked = io.isInteractive && !yes && !json && budget === undefined;
  if (!isAsked) return true;
  if (job !== undefined && await isBegun(job, client)) return true;
  const { endpoint, batchSize, maxBytes, uncountedTokens } = flags;
  if (size > MANY) {
    const text = `Counting the tokens of ${plural(size, "request")}`;
    await reporter.tell(text, { type: "waiting", message: text });
  }
  const estimate = await client.estimate(requests, {
    endpoint,
    params: paramsOf(flags),
    batchSize,
    maxBytes,
    uncountedTokens,
  });
  const hints = uncountedHint(estimate, uncountedTokens);
  const width = columnsOf(io.stderr) ?? Infinity;
  const lines = [...describe(estimate), ...hints];
  await reporter.ask(lines.map((line) => wrap(line, width - 1)).join("\n"));
  const isYes = await confirm(call, "", "Send it?");
  if (!isYes) {
    await reporter.tell("Nothing was sent.", { type: "unsent" });
  }
  return isYes;
}

/** A job with an input file exists already. */
async function isBegun(job: string, client: OpenAIBatch): Promise<boolean> {
  const inputs = await client.inputs({ prefix: job });
  return inputs.some((input) => input.job === job);
}

function describe(estimate: Estimate): string[] {
  const { requests, parts, cost, saving, maxOutputTokens, models } = estimate;
  const names = Object.entries(models).map((
    [model, { requests }],
    _,
    { length },
  ) => length > 1 ? `${model} (${requests.toLocaleString("en-US")})` : model);
  const what = `${plural(requests, "request")} in ${
    plural(parts, "batch", "batches")
  }, to ${names.join(", ")}`;
  if (cost === undefined) {
    const prices = Object.entries(models)
      .map(([model, { cost }]) => ({ model, cost }));
    return [what, ...priceHint(prices)];
  }
  const less = saving ? `, ${dollars(saving)} less than at once` : "";
  if (maxOutputTokens !== undefined) {
    return [what, `Cost: ${dollars(cost)} at most${less}`];
  }
  return [
    what,
    `Cost: ${dollars(cost)} for the input${less}, and what the answers cost`,
    'Their length has no limit: max_completion_tokens in --params sets one. "openai-batch try" with the same options tells what they cost',
  ];
}
