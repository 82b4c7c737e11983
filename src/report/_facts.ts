/**
 * What a report says of the results. Its size does not grow with their number.
 *
 * @module
 */

import type { AnyResult } from "../results/result.ts";

/** Characters of an answer that are kept. */
const LONGEST_ANSWER = 2_000;
/** Characters of a message that are kept. */
const LONGEST_MESSAGE = 300;
/** Characters of an id that are kept. */
const LONGEST_ID = 200;
/** Kinds of failure that are told apart: their names come from the server. */
const MOST_CODES = 20;
const EXAMPLES = 3;

/** Text of which only the beginning was kept. */
export interface Excerpt {
  /** The request's id. */
  id: string;
  /** The beginning. */
  text: string;
  /** Characters that were left out. */
  more: number;
}

/** An answer, and where its request stood in the input. */
interface Answer extends Excerpt {
  index: number;
}

/** Failures of one kind. */
export interface FailureKind {
  /** Their code. */
  code: string;
  /** How many. */
  count: number;
  /** The first of them. */
  examples: Excerpt[];
}

/** How many requests used how many tokens, by powers of two. */
export class Tokens {
  /** Requests by bucket: bucket 0 is 0 tokens, bucket n is from 2^(n−1) to 2^n − 1. */
  readonly buckets: number[] = [];
  /** All tokens. */
  sum = 0;
  /** Requests that say how many they used. */
  requests = 0;

  add(tokens: number): void {
    if (!Number.isFinite(tokens) || tokens < 0) return;
    const bucket = tokens < 1 ? 0 : Math.floor(Math.log2(tokens)) + 1;
    while (this.buckets.length <= bucket) this.buckets.push(0);
    this.buckets[bucket]!++;
    this.sum += tokens;
    this.requests++;
  }
}

/** Counts results as they come. */
export class Facts {
  /** Results that were answers. */
  succeeded = 0;
  /** Results that were not. */
  failed = 0;
  /** Requests that were tried more than once. */
  repeated = 0;
  /** Answers that ran into their limit of output tokens. */
  cut = 0;
  /** Input tokens per request. */
  readonly input: Tokens = new Tokens();
  /** Output tokens per request. */
  readonly output: Tokens = new Tokens();
  /** Results by the batch that gave them; "" for those that no batch gave. */
  readonly byBatch: Map<string, number> = new Map();
  /** The first answers, in the order of the input. */
  readonly answers: Answer[] = [];
  readonly #failures = new Map<string, FailureKind>();
  readonly #mostAnswers: number;

  constructor(mostAnswers: number) {
    this.#mostAnswers = mostAnswers;
  }

  /** Failures by code, the most frequent first. */
  get failures(): FailureKind[] {
    return [...this.#failures.values()].sort((a, b) => b.count - a.count);
  }

  add(result: AnyResult): void {
    if (result.ok) this.#addSuccess(result);
    else this.#addFailure(result);
    if (result.attempts > 1) this.repeated++;
    if (result.usage) {
      this.input.add(result.usage.input_tokens);
      this.output.add(result.usage.output_tokens);
    }
    const batch = result.batchId ?? "";
    this.byBatch.set(batch, (this.byBatch.get(batch) ?? 0) + 1);
  }

  #addSuccess(result: AnyResult & { ok: true }): void {
    this.succeeded++;
    const { finishReason } = result;
    if (finishReason === "length" || finishReason === "incomplete") this.cut++;
    this.#keep(result);
  }

  /** Batches answer in any order. */
  #keep({ id, index = Infinity, output }: AnyResult & { ok: true }): void {
    const { answers } = this;
    const isFull = answers.length >= this.#mostAnswers;
    if (isFull && !(index < (answers.at(-1)?.index ?? -1))) return;
    if (isFull) answers.pop();
    const text = typeof output === "string" ? output : JSON.stringify(output);
    const answer = { ...excerpt(id, text ?? "", LONGEST_ANSWER), index };
    const at = answers.findIndex((other) => index < other.index);
    answers.splice(at < 0 ? answers.length : at, 0, answer);
  }

  #addFailure({ id, error }: AnyResult & { ok: false }): void {
    this.failed++;
    const kind = this.#kindOf(error.code);
    kind.count++;
    if (kind.examples.length >= EXAMPLES) return;
    kind.examples.push(excerpt(id, error.message, LONGEST_MESSAGE));
  }

  #kindOf(code: string): FailureKind {
    const isNew = !this.#failures.has(code.slice(0, LONGEST_ID));
    const isFull = this.#failures.size >= MOST_CODES;
    const name = isNew && isFull ? "other codes" : code.slice(0, LONGEST_ID);
    const kind = this.#failures.get(name) ??
      { code: name, count: 0, examples: [] };
    this.#failures.set(name, kind);
    return kind;
  }
}

/** The beginning of a text. */
function excerpt(id: string, text: string, longest: number): Excerpt {
  const more = Math.max(0, text.length - longest);
  return { id: id.slice(0, LONGEST_ID), text: text.slice(0, longest), more };
}
