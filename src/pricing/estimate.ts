/**
 * Adds up what requests will cost, before they are sent.
 *
 * @module
 */

import type { Cost } from "./cost.ts";
import { LANES, type PricedLane } from "./lane.ts";
import type { Price } from "./price.ts";
import { UsageCounter } from "./usage_counter.ts";

/**
 * How many things a model will read that an estimate can't count.
 */
export interface Uncounted {
  /** Requests with any of these. */
  requests: number;
  /** Pictures. */
  images: number;
  /** Recordings. */
  audio: number;
  /** Files, such as PDFs. */
  files: number;
  /** Tools that OpenAI runs, such as web search: neither what they read nor what each call costs is counted. */
  tools: number;
  /** Earlier turns and stored prompts that a request only names. */
  references: number;
}

/** A cost in every lane, in USD; undefined if the endpoint has no such lane, or a model no known price in it. */
export type LaneCosts<T = number> = Record<PricedLane, T | undefined>;

/**
 * What requests will cost as a batch, in USD, and what they are made of.
 *
 * The cost includes the input, and the output as far as it is limited: if
 * `maxOutputTokens` is undefined, some of the output is missing. Nothing is taken
 * off for the prompt cache, and nothing is added for retries. Texts, tools and
 * schemas are counted. What isn't counted is in `uncounted`, and costs only what
 * `uncountedTokens` says.
 */
export interface Estimate extends Cost {
  /** How many would be sent. One larger than `maxBytes` would not be. */
  requests: number;
  /** How many parts they are cut into: one input file and one batch each. */
  parts: number;
  /** The size of all input files. */
  bytes: number;
  /** Tokens the models will read. */
  inputTokens: number;
  /** The most tokens the models may write; undefined as soon as one request has no limit. Embeddings and moderations write none. */
  maxOutputTokens: number | undefined;
  /** What `inputTokens` doesn't include. */
  uncounted: Uncounted;
  /** The same in every lane; `lanes.batch` is `cost`. */
  lanes: LaneCosts;
  /** The same by model. A request without a model counts as "unknown". */
  models: Record<
    string,
    Cost & {
      /** How many requests use this model. */
      requests: number;
      /** Tokens it will read. */
      inputTokens: number;
      /** The most tokens it may write; undefined as soon as one request has no limit. */
      maxOutputTokens: number | undefined;
    }
  >;
}

/** One request of an estimate. */
export interface EstimateEntry {
  /** The model it is for. */
  model: string;
  /** The endpoint it is for. */
  endpoint: string;
  /** Tokens to be read. */
  inputTokens: number;
  /** The most tokens to be written, if known. */
  maxOutputTokens: number | undefined;
  /** What `inputTokens` doesn't include, if anything. */
  uncounted?: Omit<Uncounted, "requests"> | undefined;
}

/** Running sums per model; its size does not grow with the number of requests. */
export class EstimateCounter {
  readonly #usage: UsageCounter;
  readonly #unlimited: Set<string> = new Set();
  readonly #endpoints: Set<string> = new Set();
  readonly #uncounted: Uncounted = {
    requests: 0,
    images: 0,
    audio: 0,
    files: 0,
    tools: 0,
    references: 0,
  };

  /** Creates a counter that has seen nothing. */
  constructor(prices?: Record<string, Price | string>) {
    this.#usage = new UsageCounter(prices);
  }

  /** Adds one request. */
  add(entry: EstimateEntry): void {
    const { model, endpoint, inputTokens, maxOutputTokens, uncounted } = entry;
    if (maxOutputTokens === undefined) this.#unlimited.add(model);
    this.#endpoints.add(endpoint);
    if (uncounted) this.#note(uncounted);
    const output = maxOutputTokens ?? 0;
    const usage = {
      input_tokens: inputTokens,
      output_tokens: output,
      total_tokens: inputTokens + output,
    };
    this.#usage.add({ model, lane: "batch", usage });
  }

  /** Prices the sums. */
  estimate(parts: number, bytes: number): Estimate {
    const report = this.#usage.report();
    const models = report.models.map((row): [string, Entry] => [
      row.model,
      {
        requests: row.requests,
        inputTokens: row.input_tokens,
        maxOutputTokens: this.#unlimited.has(row.model)
          ? undefined
          : row.output_tokens,
        ...costOnly(row),
      },
    ]);
    const isLimited = this.#unlimited.size === 0;
    return {
      requests: report.models.reduce((sum, row) => sum + row.requests, 0),
      parts,
      bytes,
      inputTokens: report.input_tokens,
      maxOutputTokens: isLimited ? report.output_tokens : undefined,
      uncounted: { ...this.#uncounted },
      ...costOnly(report),
      lanes: byLane((lane) => this.#costIn(lane)),
      models: Object.fromEntries(models),
    };
  }

  #note(uncounted: Omit<Uncounted, "requests">): void {
    const sum = this.#uncounted;
    sum.requests++;
    sum.images += uncounted.images;
    sum.audio += uncounted.audio;
    sum.files += uncounted.files;
    sum.tools += uncounted.tools;
    sum.references += uncounted.references;
  }

  #costIn(lane: PricedLane): number | undefined {
    const isOffered = [...this.#endpoints].every((url) => hasLane(url, lane));
    return isOffered ? this.#usage.costIn(lane) : undefined;
  }
}

/**
 * Fills in a value for every lane.
 *
 * @returns All of them by lane, the slowest first.
 */
export function byLane<T>(
  valueOf: (lane: PricedLane) => T | undefined,
): LaneCosts<T> {
  const entries = LANES.map((lane) => [lane, valueOf(lane)]);
  return Object.fromEntries(entries) as LaneCosts<T>;
}

/** Only the Responses API has windows; only that and chat have tiers. */
function hasLane(endpoint: string, lane: PricedLane): boolean {
  if (lane === "batch" || lane === "standard") return true;
  if (endpoint.endsWith("/responses")) return true;
  return endpoint.endsWith("/chat/completions") &&
    lane !== "8h" && lane !== "2h";
}

type Entry = Estimate["models"][string];

function costOnly({ cost, standardCost, saving }: Cost): Cost {
  return { cost, standardCost, saving };
}
