/**
 * Prints tokens and prices as a table.
 *
 * @module
 */

import { asCode } from "../as_code.ts";
import { partsOf } from "./_parts.ts";
import { rounded } from "./_round.ts";
import { added, type CostParts } from "./cost.ts";
import type { UsageReport } from "./usage_report.ts";

/** How the usage table is printed. */
export interface TableOptions {
  /** Decimal places of the prices: an integer from 0 to 100. @default 8 */
  digits?: number | undefined;
}

type Row = readonly [category: string, tokens: string, price: string];

/**
 * Prints tokens and prices as a table.
 *
 * An unknown price is a "-": for every model that isn't in the price table, and for
 * the two rows (but not the total) of a report that went through JSON and has your
 * own prices or long prompts.
 *
 * @example A report of one model
 * ```ts
 * import { usageTable } from "@offpeak/openai-batch";
 * import assert from "node:assert/strict";
 *
 * const tokens = { input_tokens: 119, output_tokens: 55, total_tokens: 174 };
 * const costs = { cost: 2.5425e-5, standardCost: 5.085e-5, saving: 2.5425e-5 };
 * const row = { model: "gpt-4o-mini", lane: "batch", requests: 14 };
 *
 * const table = usageTable({
 *   ...tokens,
 *   ...costs,
 *   models: [{ ...row, ...tokens, ...costs }],
 * });
 *
 * assert.equal(table.split("\n")[3], "| Prompt     |    119 | $0.00000892 |");
 * ```
 *
 * @param usage The report of a run.
 * @param options How many decimal places.
 * @returns The table's lines, without a line break at the end.
 * @throws {RangeError} If `digits` is not an integer from 0 to 100.
 */
export function usageTable(
  usage: UsageReport,
  options: TableOptions = {},
): string {
  const { digits = 8 } = options;
  if (!Number.isInteger(digits) || digits < 0 || digits > 100) {
    throw new RangeError(
      `The option digits must be a whole number from 0 to 100: it is ${
        asCode(digits)
      }`,
    );
  }
  const price = (usd: number | undefined) =>
    usd === undefined ? "-" : `$${usd.toFixed(digits)}`;

  const parts = sumParts(usage);
  const tokens = usage.input_tokens + usage.output_tokens;
  const cost = rounded(added(parts)) ?? usage.cost;
  return draw(
    [
      ["Prompt", `${usage.input_tokens}`, price(parts?.input)],
      ["Completion", `${usage.output_tokens}`, price(parts?.output)],
    ],
    ["Total", `${tokens}`, price(cost)],
  );
}

function sumParts(usage: UsageReport): CostParts | undefined {
  const sum = { input: 0, output: 0 };
  for (const row of usage.models) {
    const parts = partsOf(row);
    if (parts === undefined) return undefined;
    sum.input += parts.input;
    sum.output += parts.output;
  }
  return sum;
}

function draw(rows: Row[], total: Row): string {
  // No figure is longer than its column's total.
  const tokensWidth = Math.max("Tokens".length, total[1].length);
  const priceWidth = Math.max("Price".length, total[2].length);
  const line = ([category, tokens, price]: Row) =>
    `| ${category.padEnd("Completion".length)} | ${
      tokens.padStart(tokensWidth)
    } | ${price.padStart(priceWidth)} |`;
  const border = line(["", "", ""]).replace(/ /g, "-").replace(/\|/g, "+");
  return [
    border,
    line(["Category", "Tokens", "Price"]),
    border,
    ...rows.map(line),
    border,
    line(total),
    border,
  ].join("\n");
}
