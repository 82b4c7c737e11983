/**
 * The Responses API: what a request's body takes, and what comes back.
 *
 * @module
 */

import type { ReasoningEffort } from "./chat.ts";
import type { Open } from "./platform.ts";
import type { ResponsesInputItem } from "./responses_messages.ts";

/** How a reasoning model thinks, and what it tells about that. */
export interface ResponsesReasoning {
  /** Which earlier reasoning the model sees again on later turns. */
  context?: Open<"auto" | "current_turn" | "all_turns"> | null | undefined;
  /** How long it thinks. Less effort means fewer output tokens. */
  effort?: ReasoningEffort | null | undefined;
  /**
   * A summary of the reasoning.
   *
   * @deprecated Use `summary`.
   */
  generate_summary?: Open<"auto" | "concise" | "detailed"> | null | undefined;
  /** How the reasoning is run. */
  mode?: Open<"standard" | "pro"> | undefined;
  /** A summary of the reasoning to return: "auto", "concise" or "detailed". */
  summary?: unknown;
}

/** The form of a text answer. */
export interface ResponsesText {
  /**
   * `{ type: "text" }`, `{ type: "json_object" }`, or `{ type: "json_schema",
   * name, schema, strict? }`. Where a job has a `schema`, this is set from it.
   */
  format?: unknown;
  /**
   * How wordy the answer is.
   *
   * @default "medium"
   */
  verbosity?: Open<"low" | "medium" | "high"> | null | undefined;
}

/**
 * The body of `POST /v1/responses`.
 *
 * @example
 * ```ts
 * import type { ResponsesBody } from "@offpeak/openai-batch";
 *
 * const body: ResponsesBody = {
 *   model: "gpt-6-luna",
 *   input: "Hello!",
 *   max_output_tokens: 64,
 * };
 * ```
 */
export interface ResponsesBody {
  /** The model's id; at Azure, the name of a batch deployment. One batch runs one model. */
  model: string;
  /** A text, or a list of items: messages, earlier answers, the results of tools, and others that are not typed here. */
  input: string | readonly (ResponsesInputItem | object)[];
  /** Access programs for models of special domains, as `{ cyber? }`. */
  access_programs?: unknown;
  /** Answer in the background, for the caller to fetch later. Never `true` in a batch: it would end before the answer. */
  background?: boolean | null | undefined;
  /** With `background: true`: by when it is answered, at a lower price the later, as `{ completion_window: "8h" | "2h", continuation_id? }`. */
  background_options?:
    | {
      /** The longer, the cheaper. */
      completion_window: Open<"8h" | "2h">;
      /** Follow-ups with the same one are answered sooner. */
      continuation_id?: string | undefined;
    }
    | null
    | undefined;
  /** When a long context is compacted: entries `{ type: "compaction", compact_threshold? }`, the threshold in tokens. */
  context_management?: readonly unknown[] | null | undefined;
  /** A stored conversation, by id or `{ id }`: its items come first, and the new ones join it. */
  conversation?: unknown;
  /** How images in the context are treated, as `{ context_compression? }`. */
  image?: unknown;
  /** What the response holds in addition. "reasoning.encrypted_content" carries reasoning on without `store`. */
  include?:
    | readonly Open<
      | "code_interpreter_call.outputs"
      | "computer_call_output.output.image_url"
      | "file_search_call.results"
      | "message.input_image.image_url"
      | "message.output_text.logprobs"
      | "reasoning.encrypted_content"
      | "web_search_call.action.sources"
      | "web_search_call.results"
    >[]
    | null
    | undefined;
  /** A developer's message before the input. Not taken over by `previous_response_id`. */
  instructions?: string | null | undefined;
  /** 16 or more: tokens that the answer may have, the reasoning ones included. Longer ones end as "incomplete". */
  max_output_tokens?: number | null | undefined;
  /** How many calls of built-in tools are made, all tools together; further ones are ignored. */
  max_tool_calls?: number | null | undefined;
  /** Up to 16 pairs kept with a stored answer: keys up to 64 characters, values up to 512. */
  metadata?: Record<string, string> | null | undefined;
  /** Moderates input and output along the way, as `{ model, policy? }`. */
  moderation?: unknown;
  /** Whether several tools may be called at once. */
  parallel_tool_calls?: boolean | null | undefined;
  /** The stored response that this one continues. Not together with `conversation`. */
  previous_response_id?: string | null | undefined;
  /** A stored prompt template and its values, as `{ id, version?, variables? }`. */
  prompt?: unknown;
  /** Requests with the same key and the same beginning find each other's cached prompt more often. */
  prompt_cache_key?: string | null | undefined;
  /** Where cache breakpoints are set and how long they live, as `{ mode?, ttl?, … }`. From gpt-5.6 on. */
  prompt_cache_options?: unknown;
  /**
   * How long a cached prompt is kept at most. From gpt-5.5 on only "24h" is
   * taken.
   *
   * @deprecated Use `prompt_cache_options.ttl`, which is the least time.
   */
  prompt_cache_retention?: Open<"in_memory" | "24h"> | null | undefined;
  /** How a reasoning model thinks. */
  reasoning?: ResponsesReasoning | null | undefined;
  /** Names the end user for abuse detection, up to 128 characters. A hash, not an address. */
  safety_identifier?: string | null | undefined;
  /** Which tier processes the request. "priority" and "fast" are the same. */
  service_tier?:
    | Open<
      | "auto"
      | "default"
      | "flex"
      | "scale"
      | "priority"
      | "fast"
      | "ultrafast"
    >
    | null
    | undefined;
  /**
   * Keep the answer at OpenAI for at least 30 days.
   *
   * @default true
   */
  store?: boolean | null | undefined;
  /** Never `true`: a batch with a request that streams fails as a whole. */
  stream?: false | null | undefined;
  /** For streams only, so of no use in a batch. */
  stream_options?: unknown;
  /** 0 to 2. Low is focused, high is varied. Set this or `top_p`, not both. */
  temperature?: number | null | undefined;
  /** The form of the answer. */
  text?: ResponsesText | null | undefined;
  /** "none", "auto", "required", or the tools to choose from. */
  tool_choice?: unknown;
  /** The tools that the model may call: built-in ones, MCP servers, functions. */
  tools?: readonly unknown[] | null | undefined;
  /** 0 to 20: how many of the likeliest tokens to list at each position. */
  top_logprobs?: number | null | undefined;
  /** 0 to 1: only the likeliest tokens that make up this share are drawn from. Set this or `temperature`. */
  top_p?: number | null | undefined;
  /**
   * What happens to an input that is too long: "auto" drops its oldest items,
   * "disabled" answers 400.
   *
   * @default "disabled"
   * @deprecated Marked so by OpenAI, with nothing in its place.
   */
  truncation?: Open<"auto" | "disabled"> | null | undefined;
  /**
   * Names the end user.
   *
   * @deprecated Use `safety_identifier` and `prompt_cache_key`.
   */
  user?: string | undefined;
}

/** One item of a response: a message, a call of a tool, a piece of reasoning, … */
export interface ResponsesItem {
  /** "message", "function_call", "reasoning", … */
  type: string;
  /** Of a message: a comment along the way, or the answer. */
  phase?: Open<"commentary" | "final_answer"> | null;
  /** What an item of this type has. */
  [k: string]: unknown;
}

/**
 * The body of a response. HTTP status 200 does not mean that it is complete:
 * `status` tells.
 */
export interface ResponsesResponse {
  /** `resp_…` */
  id: string;
  /** "completed"; "incomplete" if it was cut off; "failed" if the model couldn't answer; "queued", "in_progress" or "cancelled" with `background`. */
  status: string;
  /** Whether it was asked for in the background. */
  background?: boolean | null;
  /** The tier that really processed it. */
  service_tier?: string | null;
  /** The model that answered, often a dated snapshot of the one asked. */
  model: string;
  /** Items in the order in which they arose. The answer is in those of type "message", not always in the first. */
  output: ResponsesItem[];
  /** Tokens in the words of the endpoint. A result's `usage` has them as {@linkcode Usage}. */
  usage?: unknown;
  /** Why it is "incomplete", else null. */
  incomplete_details?: {
    /** "max_output_tokens", "content_filter", … */
    reason?: string;
  } | null;
  /** What else the server sends. */
  [k: string]: unknown;
}
