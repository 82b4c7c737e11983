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
  tellImages,
} from "./cost.ts";
import { rounded } from "./_round.ts";
import type { Tariff } from "./_tariff.ts";
import type { Lane } from "./lane.ts";
import { ownPrice, type Price, tariffOf } from "./price.ts";
import type { UsageReport } from "./usage_report.ts";

type Row = UsageReport["models"][number];

/** Names come from answers: a server that invents one per answer must not fill the memory. */
const MAX_ROWS = 1_000;

/** The row for everything past the limit. */
const OTHERS = "others";

/** Long prompts are counted separately: the surcharge is per request, not for the sum. */
interface Sum extends Pick<Row, "model" | "lane" | "requests"> {
  tariff: Tariff | undefined;
  usage: Usage;
  longUsage: Usage;
}

/** Running sums per model; its size does not grow with the number of answers. */
export class UsageCounter {
  readonly #prices: Record<string, Price | string> | undefined;
  readonly #sums: Map<string, Sum> = new Map();
  /** The row added to last. Usually there is no other. */
  #last: Sum | undefined;

  /** Creates a counter that has seen nothing. */
  constructor(prices?: Record<string, Price | string>) {
    this.#prices = prices;
  }

  /**
   * Adds one answer.
   *
   * @param entry The model, the lane and the tokens. An answer without usage counts
   * as a request without tokens.
   */
  add(entry: {
    /** The model that answered. */
    model: string;
    /** The model in the request, such as a deployment. It counts instead if only that one has a price of the caller's. */
    asked?: string | undefined;
    /** The lane it is priced by. */
    lane: Lane;
    /** The tokens of this answer. */
    usage: Usage | undefined;
  }): void {
    const { model, asked = model, lane, usage } = entry;
    const name = this.#nameOf(model, asked);
    const isSame = this.#last?.model === name && this.#last.lane === lane;
    const sum = isSame ? this.#last! : this.#sumOf(name, lane);
    this.#last = sum;
    sum.requests++;
    if (usage === undefined) return;
    const isLong = hasLongContext(usage, sum.tariff);
    const told = tellImages(usage, sum.tariff);
    addUsage(isLong ? sum.longUsage : sum.usage, told);
  }

  /** Adds a result. One that failed without tokens costs nothing. */
  addResult(
    result: {
      ok: boolean;
      model: string | undefined;
      lane: Lane;
      usage: Usage | undefined;
    },
    asked: string | undefined,
  ): void {
    const { ok, model = asked ?? "unknown", lane, usage } = result;
    if (ok || usage) this.add({ model, asked, lane, usage });
  }

  /**
   * Prices the sums.
   *
   * @returns What was used and paid so far. Later answers don't change it.
   */
  report(): UsageReport {
    const sums = [...this.#sums.values()];
    const models = sums.map(pricedRow);
    const usage = noUsage();
    for (const row of models) addUsage(usage, row);
    const cost = total(sums.map((sum) => added(partsIn(sum, sum.lane))));
    return { ...usage, ...costs(cost, this.#costIn("standard")), models };
  }

  /**
   * What the same would cost in one lane.
   *
   * @returns USD, or undefined if a model has no known price there.
   */
  costIn(lane: Lane): number | undefined {
    return rounded(this.#costIn(lane));
  }

  #costIn(lane: Lane): number | undefined {
    const sums = [...this.#sums.values()];
    return total(sums.map((sum) => added(partsIn(sum, lane))));
  }

  #nameOf(model: string, asked: string): string {
    const prices = this.#prices;
    if (prices === undefined || ownPrice(model, prices)) return model;
    return ownPrice(asked, prices) ? asked : model;
  }

  #sumOf(model: string, lane: Lane): Sum {
    const key = `${lane} ${model}`;
    const known = this.#sums.get(key);
    if (known !== undefined) return known;
    if (this.#sums.size >= MAX_ROWS && model !== OTHERS) {
      return this.#sumOf(OTHERS, "unknown");
    }
    const sum: Sum = {
      model,
      lane,
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
  const { model, lane, requests, usage, longUsage } = sum;
  const all = noUsage();
  addUsage(all, usage);
  addUsage(all, longUsage);
  const parts = partsIn(sum, lane);
  const standard = partsIn(sum, "standard");
  const row = { model, lane, requests, ...all };
  return keepParts({ ...row, ...costs(added(parts), added(standard)) }, parts);
}

function partsIn(
  { tariff, usage, longUsage }: Sum,
  lane: Lane,
): CostParts | undefined {
  const parts = costParts(usage, tariff, lane, false);
  if (longUsage.input_tokens === 0) return parts;
  const long = costParts(longUsage, tariff, lane, true);
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
    cost: rounded(cost),
    standardCost: rounded(standardCost),
    saving: known ? rounded(standardCost - cost) : undefined,
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

/** The sum gets its own objects for the details, so that a report doesn't change later. */
function addUsage(sum: Usage, usage: Usage): void {
  sum.input_tokens += usage.input_tokens;
  sum.output_tokens += usage.output_tokens;
  sum.total_tokens += usage.total_tokens;
  const { input_tokens_details: input, output_tokens_details: output } = usage;
  if (input) {
    sum.input_tokens_details ??= { cached_tokens: 0 };
    addDetails(sum.input_tokens_details, input);
  }
  if (output) {
    sum.output_tokens_details ??= { reasoning_tokens: 0 };
    addDetails(sum.output_tokens_details, output);
  }
}

/** Adds field by field. A field is there if either has it. */
function addDetails<T extends object>(sum: T, details: T): void {
  const into = sum as Record<string, unknown>;
  for (const name in details) {
    const value: unknown = details[name];
    if (typeof value === "object" && value !== null) {
      into[name] ??= {};
      addDetails(into[name] as object, value);
    } else if (typeof value === "number") {
      into[name] = value + Number(into[name] ?? 0);
    }
  }
}
