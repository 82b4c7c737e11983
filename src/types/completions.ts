/**
 * Completions, the older endpoint without messages: what a request's body
 * takes, and what comes back.
 *
 * @module
 */

import type { Open } from "./platform.ts";

/** The body of `POST /v1/completions`. */
export interface CompletionBody {
  /** The model's id. One batch runs one model. */
  model: string;
  /** The text to go on from, several texts, a text's token ids, or several of those. Each gets its own completion. */
  prompt:
    | string
    | readonly string[]
    | readonly number[]
    | readonly (readonly number[])[];
  /** How many completions are written, of which the likeliest `n` are returned. You pay for all of them. Must be greater than `n`. */
  best_of?: number | null | undefined;
  /** Repeat the prompt before the completion. */
  echo?: boolean | null | undefined;
  /** -2 to 2. Above 0, words are avoided the more often they stand in the text already. */
  frequency_penalty?: number | null | undefined;
  /** From token id to -100 (banned) … 100 (the only choice); between -1 and 1 it is a nudge. */
  logit_bias?: Record<string, number> | null | undefined;
  /** 0 to 5: how many of the likeliest tokens to list at each position, besides the chosen one. */
  logprobs?: number | null | undefined;
  /** Tokens that one completion may have. With the prompt's they must fit the model's context. */
  max_tokens?: number | null | undefined;
  /** How many completions each prompt gets. The tokens of all are paid. */
  n?: number | null | undefined;
  /** -2 to 2. Above 0, words that stand in the text already are avoided, however often they do. */
  presence_penalty?: number | null | undefined;
  /** Equal seeds and parameters give equal completions where possible, without a guarantee. */
  seed?: number | null | undefined;
  /** Up to 4 texts before which the completion ends; they are not part of it. */
  stop?: string | readonly string[] | null | undefined;
  /** Never `true`: a batch with a request that streams fails as a whole. */
  stream?: false | null | undefined;
  /** For streams only, so of no use in a batch. */
  stream_options?: unknown;
  /** The text that follows the completion, so that it fills a gap. gpt-3.5-turbo-instruct only. */
  suffix?: string | null | undefined;
  /** 0 to 2. Low is focused, high is varied. Set this or `top_p`, not both. */
  temperature?: number | null | undefined;
  /** 0 to 1: only the likeliest tokens that make up this share are drawn from. Set this or `temperature`. */
  top_p?: number | null | undefined;
  /** Names the end user for abuse detection. */
  user?: string | undefined;
}

/** One completion. */
export interface CompletionChoice {
  /** 0, 1, …: its place among the completions of all prompts. */
  index: number;
  /** What was written; after the prompt, with `echo`. */
  text: string;
  /** Why it ended. "length" is one that was cut off. */
  finish_reason: Open<"stop" | "length" | "content_filter">;
  /** Log probabilities; null if not requested. */
  logprobs?: unknown;
}

/** The body of a completions response. */
export interface CompletionResponse {
  /** `cmpl-…` */
  id: string;
  /** The model that answered. */
  model: string;
  /** The completions: `n` for each prompt. */
  choices: CompletionChoice[];
  /** Tokens in chat's words (`prompt_tokens`, …). A result's `usage` has them as {@linkcode Usage}. */
  usage?: unknown;
  /** What else the server sends. */
  [k: string]: unknown;
}
