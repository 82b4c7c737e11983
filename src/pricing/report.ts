/**
 * Adds up what the answers of a run used and cost.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import { keepParts } from "./_parts.ts";
import {
  added,
  type Cost,
  type CostParts,
  costParts,
  hasLongContext,
} from "./cost.ts";
import { ownPrice, type Price, type Tariff, tariffOf } from "./price.ts";

/**
 * Everything that was paid, failed and repeated attempts included. A cost is
 * undefined as soon as that of one model is.
 */
export interface UsageReport extends Usage, Cost {
  /** One row per model and way of asking, in the order of their first answers. */
  models: (Usage & Cost & {
    /** The model that answered, or the one that was asked where only that has a price of the caller's. */
    model: string;
    /** How it was asked. */
    via: "batch" | "direct";
    /** How many answers it gave. */
    requests: number;
  })[];
}

type Row = UsageReport["models"][number];

/** Long prompts are counted apart: a price is of a request, not of the sum. */
interface Sum extends Pick<Row, "model" | "via" | "requests"> {
  tariff: Tariff | undefined;
  usage: Usage;
  longUsage: Usage;
}

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
    /** The model that was asked, such as a deployment. It counts instead where it alone has a price of the caller's. */
    asked?: string | undefined;
    /** How it was asked. */
    via: "batch" | "direct";
    /** The tokens of this answer. */
    usage: Usage | undefined;
  }): void {
    const { model, asked = model, via, usage } = entry;
    const sum = this.#sumOf(this.#nameOf(model, asked), via);
    sum.requests++;
    if (usage === undefined) return;
    const isLong = hasLongContext(usage, sum.tariff);
    addUsage(isLong ? sum.longUsage : sum.usage, usage);
  }

  /**
   * Adds a result. One that failed without tokens cost nothing.
   *
   * @param result What was answered.
   * @param asked The model that was asked, where it is known.
   */
  addResult(
    result: {
      ok: boolean;
      model: string | undefined;
      via: "batch" | "direct";
      usage: Usage | undefined;
    },
    asked: string | undefined,
  ): void {
    const { ok, model = asked ?? "unknown", via, usage } = result;
    if (ok || usage) this.add({ model, asked, via, usage });
  }

  /**
   * Prices the sums.
   *
   * @returns What was used and paid so far; later answers do not change it.
   */
  report(): UsageReport {
    const models = [...this.#sums.values()].map(pricedRow);
    const usage = noUsage();
    for (const row of models) addUsage(usage, row);
    const cost = total(models.map((row) => row.cost));
    const standardCost = total(models.map((row) => row.standardCost));
    return { ...usage, ...costs(cost, standardCost), models };
  }

  #nameOf(model: string, asked: string): string {
    const prices = this.#prices;
    if (prices === undefined || ownPrice(model, prices)) return model;
    return ownPrice(asked, prices) ? asked : model;
  }

  #sumOf(model: string, via: Row["via"]): Sum {
    const key = `${via} ${model}`;
    const known = this.#sums.get(key);
    if (known !== undefined) return known;
    const sum: Sum = {
      model,
      via,
      requests: 0,
      tariff: tariffOf(model, this.#prices),
      usage: noUsage(),
      longUsage: noUsage(),
    };
    this.#sums.set(key, sum);
    return sum;
  }
}

function pricedRow(sum: Sum): Row {
  const { model, via, requests, usage, longUsage } = sum;
  const all = noUsage();
  addUsage(all, usage);
  addUsage(all, longUsage);
  const parts = partsVia(sum, via);
  const direct = partsVia(sum, "direct");
  const row = { model, via, requests, ...all };
  return keepParts({ ...row, ...costs(added(parts), added(direct)) }, parts);
}

function partsVia(
  { tariff, usage, longUsage }: Sum,
  via: Row["via"],
): CostParts | undefined {
  const parts = costParts(usage, tariff, via, false);
  if (longUsage.input_tokens === 0) return parts;
  const long = costParts(longUsage, tariff, via, true);
  return parts && long && {
    input: parts.input + long.input,
    output: parts.output + long.output,
  };
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
    sum.input_tokens_details = addedDetails(
      usage.input_tokens_details,
      sum.input_tokens_details,
    );
  }
  if (usage.output_tokens_details) {
    sum.output_tokens_details = {
      reasoning_tokens: usage.output_tokens_details.reasoning_tokens +
        (sum.output_tokens_details?.reasoning_tokens ?? 0),
    };
  }
}

type InputDetails = NonNullable<Usage["input_tokens_details"]>;

function addedDetails(
  a: InputDetails,
  b: InputDetails = { cached_tokens: 0 },
): InputDetails {
  const cached_tokens = a.cached_tokens + b.cached_tokens;
  const written = (a.cache_write_tokens ?? 0) + (b.cache_write_tokens ?? 0);
  return written > 0
    ? { cached_tokens, cache_write_tokens: written }
    : { cached_tokens };
}
