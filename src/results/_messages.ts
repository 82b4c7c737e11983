/**
 * Answers of the Responses API: which of several messages are the output.
 *
 * @module
 */

import { asText, type Fields, objectsOf, type Outputs } from "./_shape.ts";

const ENDED: ReadonlySet<string> = new Set(["completed", "incomplete"]);

/**
 * Reads an answer. All texts of its output are joined, like the SDK's
 * `output_text`.
 *
 * @param body A body with a list as its `output`.
 * @returns What it says; undefined if the list is empty and the response hasn't ended.
 */
export function readMessages(body: Fields): Outputs | undefined {
  const items = objectsOf(body.output);
  const finishReason = asText(body.status);
  const hasEnded = ENDED.has(finishReason?.toLowerCase() ?? "");
  if (items.length === 0 && !hasEnded) return undefined;
  const parts = chosen(items).flatMap(({ content }) => objectsOf(content));
  const refusal = parts.find(({ type }) => type === "refusal")?.refusal;
  return {
    outputs: [textOf(parts)],
    finishReason,
    refusal: asText(refusal),
  };
}

/**
 * The texts of an answer one by one: newer models repeat a message, or start one,
 * break off and start over.
 *
 * @returns The texts of whole messages, last one first, then those of their parts; none if there is only one text.
 */
export function singleTexts(body: unknown): string[] {
  const { output } = (body ?? {}) as Fields;
  const messages = chosen(objectsOf(output)).toReversed()
    .map(({ content }) => objectsOf(content));
  const parts = messages.flatMap((content) => content.toReversed())
    .filter(isText);
  if (parts.length < 2) return [];
  const whole = messages.length < 2 ? [] : messages.map(textOf);
  const texts = [...whole, ...parts.map((part) => textOf([part]))];
  return [...new Set(texts)].filter((text) => text !== "");
}

/** The final answer; without one, the messages without a phase; otherwise the commentary is all there is. */
function chosen(items: Fields[]): Fields[] {
  const messages = items.filter(isMessage);
  const final = messages.filter(({ phase }) => phase === "final_answer");
  if (final.length > 0) return final;
  const plain = messages.filter(({ phase }) => typeof phase !== "string");
  return plain.length > 0 ? plain : messages;
}

function isMessage({ type }: Fields): boolean {
  return type === "message" || type === undefined;
}

function textOf(parts: Fields[]): string {
  return parts.map((part) => isText(part) ? asText(part.text) ?? "" : "")
    .join("");
}

function isText({ type }: Fields): boolean {
  return type === "output_text";
}
