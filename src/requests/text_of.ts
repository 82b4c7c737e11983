/**
 * The text of a request, from which its tokens are counted.
 *
 * @module
 */

import { estimateTokens } from "./estimate_tokens.ts";
import type { IndexedLine } from "./to_line.ts";

/**
 * Turns a counter of texts into one of lines.
 *
 * @param countTokens Counts the tokens of a text. @default {@linkcode estimateTokens}
 * @returns Counts the input tokens of a line: those of its texts, and token ids one by one.
 * @throws {TypeError} If `countTokens` doesn't return a number.
 */
export function lineCounter(
  countTokens: (text: string, model: string) => number = estimateTokens,
): (line: IndexedLine["line"]) => number {
  return ({ body }) => {
    const tokens = countTokens(textOf(body), String(body.model));
    if (typeof tokens !== "number" || !(tokens >= 0)) {
      const what = typeof tokens === "number" ? tokens : typeof tokens;
      throw new TypeError(
        `The option countTokens must return a number of 0 or more, not ${what}`,
      );
    }
    return tokens + idsIn(body.input) + idsIn(body.prompt);
  };
}

/** What is read of a message, of an item of `input`, and of a tool call in either. */
const TEXT_FIELDS = [
  "content",
  "text",
  "tool_calls",
  "function",
  "name",
  "arguments",
  "output",
];

/**
 * All texts of a body that the model reads, whatever the endpoint: prompts,
 * and tools and schemas as JSON.
 */
export function textOf(body: Record<string, unknown>): string {
  const { messages, instructions, input, prompt, tools, functions } = body;
  const prompts = [messages, instructions, input, prompt].flatMap(textsIn);
  const definitions = [
    tools,
    functions,
    fieldOf(body.response_format, "json_schema"),
    fieldOf(fieldOf(body.text, "format"), "schema"),
  ].filter((value) => value).map((value) => JSON.stringify(value));
  return [...prompts, ...definitions].join("\n");
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return TEXT_FIELDS.map((name) => fieldOf(value, name)).flatMap((field) =>
    field === undefined ? [] : textsIn(field)
  );
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** Embeddings and completions also take tokens themselves. */
function idsIn(value: unknown): number {
  if (typeof value === "number") return 1;
  if (!Array.isArray(value)) return 0;
  return value.reduce((sum: number, item) => sum + idsIn(item), 0);
}
