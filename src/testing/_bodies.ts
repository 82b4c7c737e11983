/**
 * Whole response bodies around a text, one for each endpoint.
 *
 * @module
 */

import { inputsOf, promptText, tokensOf } from "./_request_text.ts";
import { Random } from "./_random.ts";
import type { Served } from "./_routes.ts";
import { grantedTier } from "./_tiers.ts";

/** What a body is made of. */
export interface BodyParts {
  /** The request's body. */
  request: Record<string, unknown>;
  /** The answer. */
  text: string;
  /** Unix seconds. */
  created: number;
  /** For the ids. */
  random: Random;
}

type Body = Record<string, unknown>;

/** Numbers in a vector, unless the request has `dimensions`. */
const DIMENSIONS = 8;

const BODIES: Readonly<Record<Served, (parts: BodyParts) => Body>> = {
  "/v1/chat/completions": chat,
  "/v1/responses": responses,
  "/v1/embeddings": embeddings,
  "/v1/completions": completions,
  "/v1/moderations": moderations,
  "/v1/images/generations": images,
  "/v1/images/edits": images,
  "/v1/videos": video,
};

/**
 * The body with which an endpoint gives a text.
 *
 * @param endpoint One of the endpoints that a batch may ask.
 */
export function bodyOf(endpoint: string, parts: BodyParts): Body {
  return BODIES[endpoint as Served](parts);
}

/** The body of an embeddings answer. */
export function embeddingsBody(
  { request }: BodyParts,
  vectors: readonly (readonly number[])[],
): Body {
  const base64 = request.encoding_format === "base64";
  const tokens = tokensOf(promptText(request));
  return {
    object: "list",
    model: request.model,
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: base64 ? base64Of(vector) : vector,
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function chat(parts: BodyParts): Body {
  const { request, text, created, random } = parts;
  const choices = Array.from({ length: choicesOf(request) }, (_, index) => ({
    index,
    message: { role: "assistant", content: text, refusal: null },
    logprobs: null,
    finish_reason: "stop",
  }));
  return {
    id: random.id("chatcmpl-"),
    object: "chat.completion",
    created,
    model: request.model,
    choices,
    usage: completionUsage(request, text, choices.length),
    service_tier: grantedTier(request),
    system_fingerprint: null,
  };
}

function responses({ request, text, created, random }: BodyParts): Body {
  return {
    id: random.id("resp_"),
    object: "response",
    created_at: created,
    status: "completed",
    error: null,
    incomplete_details: null,
    model: request.model,
    output: [{
      id: random.id("msg_"),
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text, annotations: [] }],
    }],
    service_tier: grantedTier(request),
    usage: responseUsage(request, text),
  };
}

function completions({ request, text, created, random }: BodyParts): Body {
  const count = inputsOf(request).length * choicesOf(request);
  return {
    id: random.id("cmpl-"),
    object: "text_completion",
    created,
    model: request.model,
    choices: Array.from({ length: count }, (_, index) => ({
      index,
      text,
      logprobs: null,
      finish_reason: "stop",
    })),
    usage: completionUsage(request, text, count),
  };
}

function embeddings(parts: BodyParts): Body {
  const dimensions = Number(parts.request.dimensions ?? DIMENSIONS);
  return embeddingsBody(
    parts,
    inputsOf(parts.request).map((input) => vectorOf(input, dimensions)),
  );
}

function moderations({ request, random }: BodyParts): Body {
  return {
    id: random.id("modr-"),
    model: request.model ?? "omni-moderation-latest",
    results: inputsOf(request).map(() => ({
      flagged: false,
      categories: { harassment: false, violence: false },
      category_scores: { harassment: 0, violence: 0 },
    })),
  };
}

function images({ request, text, created }: BodyParts): Body {
  const b64 = toBase64(new TextEncoder().encode(text));
  return {
    created,
    data: Array.from(
      { length: choicesOf(request) },
      () => ({ b64_json: b64 }),
    ),
    usage: responseUsage(request, text),
  };
}

function video({ request, created, random }: BodyParts): Body {
  return {
    id: random.id("video_"),
    object: "video",
    created_at: created,
    status: "completed",
    model: request.model,
  };
}

function choicesOf(request: Body): number {
  return typeof request.n === "number" ? request.n : 1;
}

function completionUsage(request: Body, text: string, choices: number): Body {
  const read = tokensOf(promptText(request));
  const written = tokensOf(text) * choices;
  return {
    prompt_tokens: read,
    completion_tokens: written,
    total_tokens: read + written,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}

function responseUsage(request: Body, text: string): Body {
  const read = tokensOf(promptText(request));
  const written = tokensOf(text);
  return {
    input_tokens: read,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: written,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: read + written,
  };
}

/** The same text, the same vector, of length 1 as those of OpenAI. */
function vectorOf(text: string, dimensions: number): number[] {
  const random = new Random(text);
  const vector = Array.from(
    { length: dimensions },
    () => random.integer(-128, 128),
  );
  const length = Math.hypot(...vector) || 1;
  // In base64 they are floats of 32 bits, and must be the same.
  return vector.map((number) => Math.fround(number / length));
}

function base64Of(vector: readonly number[]): string {
  return toBase64(new Uint8Array(new Float32Array(vector).buffer));
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
