/**
 * The lines that are sent and received: about 1 KB each, as in real files.
 *
 * @module
 */

import type { OutputLine, RequestLine } from "../mod.ts";

/** Different texts; after them they come again. */
const TEXTS = 1_000;

const WORDS =
  "the battery lasts longer than promised and service was kind but delivery took nine days so I would buy it again only on sale"
    .split(" ");

const prompts = Array.from({ length: TEXTS }, (_, i) => textOf(i, 145));
const answers = Array.from({ length: TEXTS }, (_, i) => textOf(i, 72));

/**
 * @param index 0, 1, …
 * @returns A line of about 1 KB for an input file, with an id of its own.
 */
export function requestLine(index: number): RequestLine {
  return {
    custom_id: `request-${index}`,
    method: "POST",
    url: "/v1/chat/completions",
    body: {
      model: "gpt-4o-mini",
      messages: [
        { role: "system", content: "Say whether the review is positive." },
        { role: "user", content: prompts[index % TEXTS]! },
      ],
      temperature: 0,
      seed: 42,
      max_completion_tokens: 256,
    },
  };
}

/** @returns The request lines of a file of 200 MB. */
export function* requestLines(): Generator<RequestLine> {
  for (let i = 0; i < 195_200; i++) yield requestLine(i);
}

/**
 * @param id The request's id.
 * @param index 0, 1, …
 * @returns A line of about 1 KB of an output file.
 */
export function outputLine(id: string, index: number): OutputLine {
  return {
    id: `batch_req_${index}`,
    custom_id: id,
    response: {
      status_code: 200,
      request_id: `req_${index}`,
      body: {
        id: `chatcmpl-${index}`,
        object: "chat.completion",
        created: 1_763_700_000 + index,
        model: "gpt-4o-mini-2024-07-18",
        choices: [{
          index: 0,
          message: {
            role: "assistant",
            content: answers[index % TEXTS]!,
            refusal: null,
          },
          logprobs: null,
          finish_reason: "stop",
        }],
        usage: {
          prompt_tokens: 200 + index % 50,
          completion_tokens: 100 + index % 30,
          total_tokens: 300 + index % 50 + index % 30,
          prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
          completion_tokens_details: {
            reasoning_tokens: 0,
            audio_tokens: 0,
            accepted_prediction_tokens: 0,
            rejected_prediction_tokens: 0,
          },
        },
        service_tier: "default",
        system_fingerprint: "fp_0123456789",
      },
    },
    error: null,
  };
}

/** Every tenth text has letters of two bytes. */
function textOf(index: number, words: number): string {
  const text = Array.from(
    { length: words },
    (_, i) => WORDS[(index * 7 + i * (1 + index % 11)) % WORDS.length],
  ).join(" ");
  return index % 10 === 0 ? `Café: ${text}` : text;
}
