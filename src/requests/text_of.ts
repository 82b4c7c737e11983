/**
 * The text of a request: what its tokens are counted from.
 *
 * @module
 */

import type { IndexedLine } from "./to_line.ts";

/**
 * Turns a counter of texts into one of lines.
 *
 * @param countTokens Counts the tokens of a text. @default a quarter of its characters
 * @returns Counts the input tokens of a line.
 */
export function lineCounter(
  countTokens: (text: string, model: string) => number = estimateTokens,
): (line: IndexedLine["line"]) => number {
  return ({ body }) => countTokens(textOf(body), String(body.model));
}

function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/**
 * All texts of a body that the model reads, whatever the endpoint.
 *
 * @param body The request's body.
 * @returns The texts, joined by line feeds.
 */
export function textOf(body: Record<string, unknown>): string {
  const { messages, instructions, input, prompt } = body;
  return [messages, instructions, input, prompt].flatMap(textsIn).join("\n");
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  const { content, text } = value as Record<string, unknown>;
  return [content, text].flatMap(textsIn);
}
