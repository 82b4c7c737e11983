/**
 * Direct calls: what the API answers to one, and what came of all of them.
 *
 * @module
 */

import type { Result } from "@offpeak/openai-batch";
import { json } from "./scripted.ts";

/** A chat answer as the API gives it. */
export function chat(
  content: string,
  headers: Record<string, string> = {},
): Response {
  const message = { role: "assistant", content };
  const choices = [{ index: 0, finish_reason: "stop", message }];
  return json({ model: "gpt-4o-mini", choices }, 200, headers);
}

/** Reads to the end: what came, and what it ended with. */
export async function read(
  stream: AsyncIterable<Result>,
): Promise<{ results: Result[]; error: unknown }> {
  const results: Result[] = [];
  try {
    for await (const result of stream) results.push(result);
    return { results, error: undefined };
  } catch (error) {
    return { results, error };
  }
}
