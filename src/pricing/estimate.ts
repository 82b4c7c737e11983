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
 * What the model reads and an estimate cannot count: how many there are.
 */
export interface Uncounted {
  /** Requests that have any of these. */
  requests: number;
  /** Pictures. */
  images: number;
  /** Recordings. */
  audio: number;
  /** Files, such as PDFs. */
  files: number;
  /** Tools that OpenAI runs, such as web search: what they read, and what each call costs. */
  tools: number;
  /** Earlier turns and stored prompts that a request only names. */
  references: number;
}

/** A cost in every lane, in USD; undefined where the endpoint has no such lane, or a model no known price in it. */
export type LaneCosts<T = number> = Record<PricedLane, T | undefined>;

/**
 * What requests will cost as a batch, in USD, and what they are made of.
 *
 * The costs are those of the input, and of the output as far as it is limited:
 * where `maxOutputTokens` is undefined, some of the output is not in them.
 * Nothing is taken off for the prompt cache, and nothing is added for requests
 * that are asked again. Texts, tools and schemas are counted. What is not
 * stands in `uncounted`, and only adds to the costs what `uncountedTokens` says.
 */
export interface Estimate extends Cost {
  /** How many would be sent. One that is larger than `maxBytes` would not. */
  requests: number;
  /** Into how many parts they are cut: one input file and one batch each. */
  parts: number;
  /** The size of all input files. */
  bytes: number;
  /** Tokens to be read. */
  inputTokens: number;
  /** Tokens that may be written at most; undefined as soon as one request has no limit. Embeddings and moderations write none. */
  maxOutputTokens: number | undefined;
  /** What is not in `inputTokens`. */
  uncounted: Uncounted;
  /** The same in every lane; `lanes.batch` is `cost`. */
  lanes: LaneCosts;
  /** The same by model. A request without a model counts as "unknown". */
  models: Record<
    string,
    Cost & {
      /** How many ask this model. */
      requests: number;
      /** Tokens that it has to read. */
      inputTokens: number;
      /** Tokens that it may write at most; undefined as soon as one request has no limit. */
      maxOutputTokens: number | undefined;
    }
  >;
}

/** One request of an estimate. */
export interface EstimateEntry {
  /** The model that it asks. */
  model: string;
  /** The endpoint that it asks. */
  endpoint: string;
  /** Tokens to be read. */
  inputTokens: number;
  /** Tokens to be written at most, if that is known. */
  maxOutputTokens: number | undefined;
  /** What is not in `inputTokens`, if there is anything. */
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

  /**
   * Creates a counter that has seen nothing.
   *
   * @param prices Own prices over the table.
   */
  constructor(prices?: Record<string, Price | string>) {
    this.#usage = new UsageCounter(prices);
  }

  /**
   * Adds one request.
   *
   * @param entry What is known of it.
   */
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

  /**
   * Prices the sums.
   *
   * @param parts How many parts there are.
   * @param bytes The size of their files.
   * @returns What was added so far.
   */
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
 * @param valueOf The value of a lane.
 * @returns All of them by lane, the slowest first.
 */
export function byLane<T>(
  valueOf: (lane: PricedLane) => T | undefined,
): LaneCosts<T> {
  const entries = LANES.map((lane) => [lane, valueOf(lane)]);
  return Object.fromEntries(entries) as LaneCosts<T>;
}

/** Windows are a matter of the Responses API, and tiers of that and chat. */
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
