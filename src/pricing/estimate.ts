/**
 * Adds up what requests will cost, before they are sent.
 *
 * @module
 */

import type { Cost } from "./cost.ts";
import type { Price } from "./price.ts";
import { UsageCounter } from "./report.ts";

/**
 * What requests will cost as a batch, in USD, and what they are made of.
 *
 * The costs are those of the input, and of the output as far as it is limited:
 * where `maxOutputTokens` is undefined, some of the output is not in them.
 * Nothing is taken off for the prompt cache, and nothing is added for requests
 * that are asked again. Texts, tools and schemas are counted; images, audio and
 * files within a prompt are not.
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

/** Running sums per model; its size does not grow with the number of requests. */
export class EstimateCounter {
  readonly #usage: UsageCounter;
  readonly #unlimited: Set<string> = new Set();

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
   * @param model The model that it asks.
   * @param inputTokens Tokens to be read.
   * @param maxOutputTokens Tokens to be written at most, if that is known.
   */
  add(
    model: string,
    inputTokens: number,
    maxOutputTokens: number | undefined,
  ): void {
    if (maxOutputTokens === undefined) this.#unlimited.add(model);
    const output = maxOutputTokens ?? 0;
    const usage = {
      input_tokens: inputTokens,
      output_tokens: output,
      total_tokens: inputTokens + output,
    };
    this.#usage.add({ model, via: "batch", usage });
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
      ...costOnly(report),
      models: Object.fromEntries(models),
    };
  }
}

type Entry = Estimate["models"][string];

function costOnly({ cost, standardCost, saving }: Cost): Cost {
  return { cost, standardCost, saving };
}
