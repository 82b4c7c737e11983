/**
 * The text in a request body, whatever the endpoint calls it.
 *
 * @module
 */

import { isRecord } from "./_json.ts";

/**
 * The last user message, prompt or input. Several inputs are joined by line
 * feeds.
 */
export function lastText(body: Record<string, unknown>): string {
  const turns = turnsOf(body);
  if (!Array.isArray(turns)) return textOf(turns);
  const user = turns.findLast((turn) => isRecord(turn) && turn.role === "user");
  return user === undefined ? turns.map(textOf).join("\n") : textOf(user);
}

/** Everything the model has to read. */
export function promptText(body: Record<string, unknown>): string {
  return textOf(body.instructions) + textOf(turnsOf(body));
}

/** The texts of embeddings, moderations and completions: one answer each. */
export function inputsOf(body: Record<string, unknown>): string[] {
  const turns = turnsOf(body);
  const isList = Array.isArray(turns) &&
    turns.every((item) => typeof item === "string" || Array.isArray(item));
  return isList ? turns.map(textOf) : [textOf(turns)];
}

/** Tokens as the simulator counts them: one for every four characters begun. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}

function turnsOf(body: Record<string, unknown>): unknown {
  return body.messages ?? body.input ?? body.prompt;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return `${value} `;
  if (Array.isArray(value)) return value.map(textOf).join("");
  return isRecord(value) ? textOf(value.content ?? value.text) : "";
}
