/**
 * Calls as an SDK makes them, without the SDK.
 *
 * @module
 */

import type { BatchFetch } from "@offpeak/openai-batch/fetch";

/** What a call was answered with. */
export interface Answered {
  status: number;
  headers: Headers;
  // deno-lint-ignore no-explicit-any
  body: any;
  /** The text of a chat completion. */
  text: string | undefined;
  /** The code of an error. */
  code: string | undefined;
}

/** What differs between calls. */
export interface CallOptions {
  url?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * Makes a call.
 *
 * @param fetch Makes it.
 * @param body Its body, as JSON.
 * @param options What is unlike other calls.
 */
export async function post(
  fetch: BatchFetch,
  body: unknown,
  options: CallOptions = {},
): Promise<Answered> {
  const { url = "https://api.openai.com/v1/chat/completions" } = options;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      authorization: "Bearer sk-simulator",
      "content-type": "application/json",
      ...options.headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const answer = await response.json();
  return {
    status: response.status,
    headers: response.headers,
    body: answer,
    text: answer.choices?.[0]?.message.content,
    code: answer.error?.code,
  };
}

/** A chat with one message. */
export function chat(content: string, more: object = {}): object {
  const messages = [{ role: "user", content }];
  return { model: "gpt-4o-mini", messages, ...more };
}

/**
 * Asks for a text.
 *
 * @param fetch Makes the call.
 * @param content The prompt.
 * @param options What is unlike other calls.
 */
export function ask(
  fetch: BatchFetch,
  content: string,
  options?: CallOptions,
): Promise<Answered> {
  return post(fetch, chat(content), options);
}
