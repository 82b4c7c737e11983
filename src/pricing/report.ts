/**
 * Adds up what the answers of a run used and cost.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import { keepParts } from "./_parts.ts";
import { added, type Cost, costParts } from "./cost.ts";
import { type Price, priceOf } from "./price.ts";

/**
 * Everything that was paid, failed and repeated attempts included. A cost is
 * undefined as soon as that of one model is.
 */
export interface UsageReport extends Usage, Cost {
  /** One row per model and way of asking, in the order of their first answers. */
  models: (Usage & Cost & {
    /** The model that answered. */
    model: string;
    /** How it was asked. */
    via: "batch" | "direct";
    /** How many answers it gave. */
    requests: number;
  })[];
}

type Row = UsageReport["models"][number];
type Sum = Usage & Pick<Row, "model" | "via" | "requests">;

/** Running sums per model; its size does not grow with the number of answers. */
export class UsageCounter {
  readonly #prices: Record<string, Price | string> | undefined;
  readonly #sums: Map<string, Sum> = new Map();

  /**
   * Creates a counter that has seen nothing.
   *
   * @param prices Own prices over the table.
   */
  constructor(prices?: Record<string, Price | string>) {
    this.#prices = prices;
  }

  /**
   * Adds one answer.
   *
   * @param entry Who answered, how it was asked, and the tokens it used. An
   * answer without usage counts as a request without tokens.
   */
  add(entry: {
    /** The model that answered. */
    model: string;
    /** How it was asked. */
    via: "batch" | "direct";
    /** The tokens of this answer. */
    usage: Usage | undefined;
  }): void {
    const { model, via, usage } = entry;
    const key = `${via} ${model}`;
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = { model, via, requests: 0, ...noUsage() };
      this.#sums.set(key, sum);
    }
    sum.requests++;
    if (usage !== undefined) addUsage(sum, usage);
  }

  /**
   * Prices the sums.
   *
   * @returns What was used and paid so far; later answers do not change it.
   */
  report(): UsageReport {
    const models = [...this.#sums.values()].map((sum) =>
      pricedRow(sum, priceOf(sum.model, this.#prices))
    );
    const usage = noUsage();
    for (const row of models) addUsage(usage, row);
    const cost = total(models.map((row) => row.cost));
    const standardCost = total(models.map((row) => row.standardCost));
    return { ...usage, ...costs(cost, standardCost), models };
  }
}

function pricedRow(sum: Sum, price: Price | undefined): Row {
  const parts = costParts(sum, price, sum.via);
  const direct = costParts(sum, price, "direct");
  const row = { ...sum, ...costs(added(parts), added(direct)) };
  return keepParts(row, parts);
}

function costs(
  cost: number | undefined,
  standardCost: number | undefined,
): Cost {
  const known = cost !== undefined && standardCost !== undefined;
  return {
    cost,
    standardCost,
    saving: known ? standardCost - cost : undefined,
  };
}

function total(costs: (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const cost of costs) {
    if (cost === undefined) return undefined;
    sum += cost;
  }
  return sum;
}

function noUsage(): Usage {
  return { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
}

/** Details get a new object each time, so that a report keeps its own. */
function addUsage(sum: Usage, usage: Usage): void {
  sum.input_tokens += usage.input_tokens;
  sum.output_tokens += usage.output_tokens;
  sum.total_tokens += usage.total_tokens;
  if (usage.input_tokens_details) {
    sum.input_tokens_details = {
      cached_tokens: usage.input_tokens_details.cached_tokens +
        (sum.input_tokens_details?.cached_tokens ?? 0),
    };
  }
  if (usage.output_tokens_details) {
    sum.output_tokens_details = {
      reasoning_tokens: usage.output_tokens_details.reasoning_tokens +
        (sum.output_tokens_details?.reasoning_tokens ?? 0),
    };
  }
}
