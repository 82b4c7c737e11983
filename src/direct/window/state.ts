/**
 * What the answer to a look says of a background response.
 *
 * @module
 */

import type { Answer } from "../../rest/answer.ts";
import { isObject } from "../../rest/shape.ts";

/** "unclear": the answer says nothing of it. */
export type ResponseState = "active" | "ended" | "gone" | "unclear";

/** Letters of an id: what the other side sends never decides how much is kept. */
const LONGEST_ID = 200;

/** @returns The id of the response that it is; undefined if it is none. */
export function responseIdOf(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const { id, status } = body;
  const isResponse = typeof id === "string" && id !== "" &&
    id.length <= LONGEST_ID && typeof status === "string";
  return isResponse ? id : undefined;
}

export function isActive(body: unknown): boolean {
  if (!isObject(body) || typeof body.status !== "string") return false;
  return /^(queued|in_progress)$/i.test(body.status);
}

export function stateOf(answer: Answer, id: string): ResponseState {
  const { status, body, isTooLarge } = answer;
  if (isTooLarge) return "ended";
  if (status === 404 || status === 410) return "gone";
  const isIt = status < 300 && responseIdOf(body) === id;
  if (!isIt) return "unclear";
  return isActive(body) ? "active" : "ended";
}

/** @returns Whether it has used tokens, and so is paid. */
export function isPaid(body: unknown): boolean {
  return isObject(body) && isObject(body.usage) &&
    Object.values(body.usage).some((tokens) =>
      typeof tokens === "number" && tokens > 0
    );
}

/** @returns When it was accepted, ms since the epoch; undefined if it doesn't say. */
export function acceptedAt(body: unknown): number | undefined {
  const seconds = isObject(body) ? body.created_at : undefined;
  return typeof seconds === "number" && seconds > 0
    ? seconds * 1_000
    : undefined;
}
