/**
 * Finds what the API is certain to refuse, hours later in a batch, before anything
 * is sent.
 *
 * @module
 */

import { withoutVersion } from "./endpoint_table.ts";
import { brokenByLane, type DirectLane } from "./direct_lane.ts";

type Body = Record<string, unknown>;

/** Where a request goes. */
export interface Target {
  /** Whether it is asked through a synchronous endpoint. @default false, in a batch */
  isDirect?: boolean | undefined;
  /** Whether it goes to OpenAI itself: other servers may take more. @default false */
  isOpenAI?: boolean | undefined;
  /** The lane in which it is, or may be, asked without a batch. */
  lane?: DirectLane | undefined;
}

/** What starts a response, besides `input`. */
const BEGINNINGS = ["input", "prompt", "previous_response_id", "conversation"];

/**
 * The rule that a body breaks.
 *
 * @returns The end of a sentence about the request, without quoting a prompt; undefined if it breaks no rule.
 */
export function brokenRule(
  body: Body,
  endpoint: string,
  target: Target,
): string | undefined {
  if (body.background === true && !target.isDirect) {
    return "has `background: true`: the batch would end before the response, " +
      "so leave it out";
  }
  const broken = brokenByLane(body, endpoint, target.lane);
  if (broken !== undefined) return broken;
  switch (withoutVersion(endpoint)) {
    case "/chat/completions":
      return brokenByChat(body);
    case "/responses":
      return brokenByResponse(body);
    case "/embeddings":
      return brokenByEmbedding(body, target);
    default:
      return undefined;
  }
}

function brokenByChat({ messages }: Body): string | undefined {
  if (Array.isArray(messages) && messages.length > 0) return undefined;
  return `has ${nameOf(messages)} as its \`messages\`: ` +
    "it must be a list with at least one message";
}

function brokenByResponse(body: Body): string | undefined {
  if (body.messages !== undefined) {
    return "has `messages`, which this endpoint calls `input`";
  }
  const isBegun = BEGINNINGS.some((name) => isGiven(body[name]));
  return isBegun
    ? undefined
    : "has nothing to answer: it needs `input`, `prompt`, " +
      "`previous_response_id` or `conversation`";
}

function brokenByEmbedding(
  { input }: Body,
  { isOpenAI }: Target,
): string | undefined {
  const isEmpty = Array.isArray(input) && input.length === 0;
  if (!isGiven(input) || isEmpty) {
    return `has ${
      nameOf(input)
    } as its \`input\`: it must be a non-empty string or list`;
  }
  const isBlank = input === "" ||
    (Array.isArray(input) && input.includes(""));
  return isBlank && isOpenAI
    ? "has an empty string as its `input`, which OpenAI doesn't take"
    : undefined;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function nameOf(value: unknown): string {
  if (!isGiven(value)) return "nothing";
  if (typeof value === "string") return "a string";
  if (!Array.isArray(value)) return `a value of the type ${typeof value}`;
  return value.length === 0 ? "an empty list" : "a list";
}
