/**
 * Chat completions: what a request's body takes, and what comes back.
 *
 * @module
 */

import type { Message } from "./messages.ts";
import type { Open } from "./platform.ts";

/** How long a reasoning model may think before it answers. Not every model takes every value. */
export type ReasoningEffort = Open<
  "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max"
>;

/**
 * The body of `POST /v1/chat/completions`.
 *
 * A closed interface, as all request bodies are: a misspelt parameter is a
 * compile error. What only a compatible server knows is added once by module
 * augmentation, `interface ChatBody { enable_thinking?: boolean }` inside
 * `declare module "@offpeak/openai-batch"`.
 *
 * @example
 * ```ts
 * import type { ChatBody } from "@offpeak/openai-batch";
 *
 * const body: ChatBody = {
 *   model: "gpt-4o-mini",
 *   messages: [{ role: "user", content: "Hello!" }],
 *   max_completion_tokens: 50,
 * };
 * ```
 */
export interface ChatBody {
  /** The model's id; at Azure, the name of a batch deployment. One batch runs one model. */
  model: string;
  /** The conversation so far, oldest first. */
  messages: readonly Message[];
  /** Voice and format of a spoken answer, as `{ voice, format }`. Needed when `modalities` has "audio". */
  audio?: unknown;
  /** -2 to 2. Above 0, words are avoided the more often they stand in the text already. */
  frequency_penalty?: number | null | undefined;
  /**
   * Which function is called: "none", "auto" or `{ name }`.
   *
   * @deprecated Use `tool_choice`.
   */
  function_call?: unknown;
  /**
   * The functions that may be called.
   *
   * @deprecated Use `tools`.
   */
  functions?: readonly unknown[] | null | undefined;
  /** From token id to -100 (banned) … 100 (the only choice); between -1 and 1 it is a nudge. */
  logit_bias?: Record<string, number> | null | undefined;
  /** Return the log probability of every token of the answer. */
  logprobs?: boolean | null | undefined;
  /** Tokens that one answer may have, the reasoning ones included. Longer ones are cut off with "length". */
  max_completion_tokens?: number | null | undefined;
  /**
   * Tokens that one answer may have. The o-series refuses it.
   *
   * @deprecated Use `max_completion_tokens`.
   */
  max_tokens?: number | null | undefined;
  /** Up to 16 pairs kept with a stored answer: keys up to 64 characters, values up to 512. */
  metadata?: Record<string, string> | null | undefined;
  /** What the answer consists of: "text", or "text" and "audio" with a model that speaks. */
  modalities?: readonly string[] | null | undefined;
  /** Moderates prompt and answer along the way, as `{ model, policy? }`. */
  moderation?: unknown;
  /** How many answers to give. The output tokens of all are paid. */
  n?: number | null | undefined;
  /** Whether several tools may be called in one answer. */
  parallel_tool_calls?: boolean | null | undefined;
  /** Text that most of the answer will repeat, as `{ type: "content", content }`; what was guessed wrong is paid too. */
  prediction?: unknown;
  /** -2 to 2. Above 0, words that stand in the text already are avoided, however often they do. */
  presence_penalty?: number | null | undefined;
  /** Requests with the same key and the same beginning find each other's cached prompt more often. */
  prompt_cache_key?: string | null | undefined;
  /** Where cache breakpoints are set and how long they live, as `{ mode?, ttl? }`. From gpt-5.6 on. */
  prompt_cache_options?: unknown;
  /**
   * How long a cached prompt is kept at most. From gpt-5.5 on only "24h" is
   * taken.
   *
   * @deprecated Use `prompt_cache_options.ttl`, which is the least time.
   */
  prompt_cache_retention?: Open<"in_memory" | "24h"> | null | undefined;
  /** How long a reasoning model thinks. Less effort means fewer output tokens. */
  reasoning_effort?: ReasoningEffort | null | undefined;
  /**
   * The form of the answer: free text, any JSON, or JSON after a schema.
   *
   * Where a job has a `schema`, this is set from it.
   */
  response_format?:
    | {
      /** "json_schema" holds the model to a schema; "json_object" only to valid JSON. */
      type: Open<"text" | "json_object" | "json_schema">;
      /** With type "json_schema": `{ name, schema, strict?, description? }`. */
      json_schema?: unknown;
    }
    | null
    | undefined;
  /** Names the end user for abuse detection, up to 128 characters. A hash, not an address. */
  safety_identifier?: string | null | undefined;
  /**
   * Equal seeds and parameters give equal answers where possible, without a
   * guarantee.
   *
   * @deprecated Marked so by OpenAI, with nothing in its place.
   */
  seed?: number | null | undefined;
  /** Which tier processes the request. "priority" and "fast" are the same. */
  service_tier?:
    | Open<"auto" | "default" | "flex" | "scale" | "priority" | "fast">
    | null
    | undefined;
  /** Up to 4 texts before which the answer ends. o3 and o4-mini refuse it. */
  stop?: string | readonly string[] | null | undefined;
  /** Keep the answer at OpenAI, for evals and distillation. */
  store?: boolean | null | undefined;
  /** Never `true`: a batch with a request that streams fails as a whole. */
  stream?: false | null | undefined;
  /** For streams only, so of no use in a batch. */
  stream_options?: unknown;
  /** 0 to 2. Low is focused, high is varied. Set this or `top_p`, not both. */
  temperature?: number | null | undefined;
  /**
   * "none", "auto", "required", or the one tool to call.
   *
   * @default "auto" with `tools`, else "none"
   */
  tool_choice?: unknown;
  /** The tools that the model may call: `{ type: "function", function }` or `{ type: "custom", custom }`. */
  tools?: readonly unknown[] | null | undefined;
  /** 0 to 20: how many of the likeliest tokens to list at each position. Needs `logprobs: true`. */
  top_logprobs?: number | null | undefined;
  /** 0 to 1: only the likeliest tokens that make up this share are drawn from. Set this or `temperature`. */
  top_p?: number | null | undefined;
  /**
   * Names the end user.
   *
   * @deprecated Use `safety_identifier` and `prompt_cache_key`.
   */
  user?: string | null | undefined;
  /**
   * How wordy the answer is.
   *
   * @default "medium"
   */
  verbosity?: Open<"low" | "medium" | "high"> | null | undefined;
  /** Lets a search model look on the web, as `{ search_context_size?, user_location? }`. */
  web_search_options?: unknown;
}

/** A call of one of the request's functions. */
export interface ToolCall {
  /** Goes into the `tool_call_id` of the message that answers it. */
  id: string;
  /** "function". A "custom" call has `custom` in place of `function`: look here first if such tools were offered. */
  type: string;
  /** What is called, and with what. */
  function: {
    /** The function's name. */
    name: string;
    /** JSON text as the model wrote it: it may be invalid, or have parameters that nobody declared. */
    arguments: string;
  };
}

/** The message in a chat response. To continue the conversation it is sent back as a {@linkcode Message}. */
export interface ChatMessage {
  /** "assistant". */
  role: string;
  /** The text; null if the model called a tool or refused. */
  content: string | null;
  /** The text with which the model declined, else null or absent. */
  refusal?: string | null;
  /** The tools that the model wants called. */
  tool_calls?: ToolCall[];
  /** What else the server sends: annotations, audio, reasoning, … */
  [k: string]: unknown;
}

/** One of the `n` answers. */
export interface ChatChoice {
  /** 0, 1, …: its place among the answers. */
  index: number;
  /** Why the answer ended. "length" is one that was cut off; "function_call" comes with the old `functions`. */
  finish_reason: Open<"stop" | "length" | "tool_calls" | "content_filter">;
  /** The answer. */
  message: ChatMessage;
  /** Log probabilities, if requested. */
  logprobs?: unknown;
}

/** The body of a chat response: the common fields typed, the rest open. */
export interface ChatResponse {
  /** `chatcmpl-…` */
  id: string;
  /** "chat.completion". */
  object: string;
  /** Unix seconds. */
  created: number;
  /** The model that answered, often a dated snapshot of the one asked. */
  model: string;
  /** The answers: one, or `n`. */
  choices: ChatChoice[];
  /** Tokens in chat's own words (`prompt_tokens`, …). A result's `usage` has them as {@linkcode Usage}. */
  usage?: unknown;
  /** The tier that really processed it. */
  service_tier?: string | null;
  /**
   * The backend that answered, to be read together with `seed`.
   *
   * @deprecated Marked so by OpenAI, with nothing in its place.
   */
  system_fingerprint?: string | null;
  /** What else the server sends. */
  [k: string]: unknown;
}
