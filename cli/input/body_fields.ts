/**
 * The fields of a body, as far as they are known: the compiler holds them
 * against the types.
 *
 * @module
 */

import type { EndpointPath } from "../../src/endpoint_path.ts";
import type { ChatBody } from "../../src/types/chat.ts";
import type { CompletionBody } from "../../src/types/completions.ts";
import type { EmbeddingBody } from "../../src/types/embeddings.ts";
import type { ImageBody, ImageEditBody } from "../../src/types/images.ts";
import type { ModerationBody } from "../../src/types/moderations.ts";
import type { ResponsesBody } from "../../src/types/responses_api.ts";
import { nearest } from "../flags/nearest.ts";

const CHAT: Record<keyof ChatBody, 1> = {
  model: 1,
  messages: 1,
  audio: 1,
  frequency_penalty: 1,
  function_call: 1,
  functions: 1,
  logit_bias: 1,
  logprobs: 1,
  max_completion_tokens: 1,
  max_tokens: 1,
  metadata: 1,
  modalities: 1,
  moderation: 1,
  n: 1,
  parallel_tool_calls: 1,
  prediction: 1,
  presence_penalty: 1,
  prompt_cache_key: 1,
  prompt_cache_options: 1,
  prompt_cache_retention: 1,
  reasoning_effort: 1,
  response_format: 1,
  safety_identifier: 1,
  seed: 1,
  service_tier: 1,
  stop: 1,
  store: 1,
  stream: 1,
  stream_options: 1,
  temperature: 1,
  tool_choice: 1,
  tools: 1,
  top_logprobs: 1,
  top_p: 1,
  user: 1,
  verbosity: 1,
  web_search_options: 1,
};

const RESPONSES: Record<keyof ResponsesBody, 1> = {
  model: 1,
  input: 1,
  access_programs: 1,
  background: 1,
  background_options: 1,
  context_management: 1,
  conversation: 1,
  image: 1,
  include: 1,
  instructions: 1,
  max_output_tokens: 1,
  max_tool_calls: 1,
  metadata: 1,
  moderation: 1,
  parallel_tool_calls: 1,
  previous_response_id: 1,
  prompt: 1,
  prompt_cache_key: 1,
  prompt_cache_options: 1,
  prompt_cache_retention: 1,
  reasoning: 1,
  safety_identifier: 1,
  service_tier: 1,
  store: 1,
  stream: 1,
  stream_options: 1,
  temperature: 1,
  text: 1,
  tool_choice: 1,
  tools: 1,
  top_logprobs: 1,
  top_p: 1,
  truncation: 1,
  user: 1,
};

const EMBEDDINGS: Record<keyof EmbeddingBody, 1> = {
  model: 1,
  input: 1,
  dimensions: 1,
  encoding_format: 1,
  user: 1,
};

const COMPLETIONS: Record<keyof CompletionBody, 1> = {
  model: 1,
  prompt: 1,
  best_of: 1,
  echo: 1,
  frequency_penalty: 1,
  logit_bias: 1,
  logprobs: 1,
  max_tokens: 1,
  n: 1,
  presence_penalty: 1,
  seed: 1,
  stop: 1,
  stream: 1,
  stream_options: 1,
  suffix: 1,
  temperature: 1,
  top_p: 1,
  user: 1,
};

const MODERATIONS: Record<keyof ModerationBody, 1> = { model: 1, input: 1 };

const IMAGES: Record<keyof ImageBody, 1> = {
  model: 1,
  prompt: 1,
  background: 1,
  complexity: 1,
  frame_count: 1,
  frame_duration_ms: 1,
  moderation: 1,
  n: 1,
  output_compression: 1,
  output_format: 1,
  partial_images: 1,
  quality: 1,
  response_format: 1,
  safety_identifier: 1,
  size: 1,
  stream: 1,
  style: 1,
  svg: 1,
  user: 1,
};

const IMAGE_EDITS: Record<keyof ImageEditBody, 1> = {
  ...IMAGES,
  image: 1,
  images: 1,
  input_fidelity: 1,
  markup: 1,
  mask: 1,
};

const FIELDS: Readonly<Record<EndpointPath, Readonly<Record<string, 1>>>> = {
  "/chat/completions": CHAT,
  "/responses": RESPONSES,
  "/embeddings": EMBEDDINGS,
  "/completions": COMPLETIONS,
  "/moderations": MODERATIONS,
  "/images/generations": IMAGES,
  "/images/edits": IMAGE_EDITS,
};

/** By endpoint, without its version. */
const KNOWN: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(FIELDS).map(([path, fields]) => [
    path,
    new Set(Object.keys(fields)),
  ]),
);

/** What the same thing is called at another endpoint. */
const MEANT: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(
  Object.entries({
    "/chat/completions": {
      max_output_tokens: "max_completion_tokens",
      input: "messages",
    },
    "/responses": {
      max_tokens: "max_output_tokens",
      max_completion_tokens: "max_output_tokens",
      reasoning_effort: "reasoning",
      response_format: "text",
      verbosity: "text",
    },
  }),
);

/** What other servers take, and looks like a typing error. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "min_p",
  "top_a",
  "top_k",
  "top_n",
]);

/**
 * What a field may have been meant to be.
 *
 * @param field The field of a body.
 * @param endpoint The endpoint, with or without `/v1`.
 * @returns A field that is known there; undefined if this one is known, or like none.
 */
export function meantField(
  field: string,
  endpoint: string,
): string | undefined {
  const path = endpoint.replace(/^\/v1(?=\/)/, "");
  const known = KNOWN.get(path);
  if (!known || known.has(field) || ELSEWHERE.has(field)) return undefined;
  const name = field.replace(/[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll("-", "_").toLowerCase();
  const other = MEANT.get(path)?.[name];
  if (other !== undefined) return other;
  // New parameters are longer than the typing errors in old ones.
  return nearest(name, known, name.length < 5 ? 1 : 2);
}
