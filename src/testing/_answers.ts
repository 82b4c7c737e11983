/**
 * From what a test answers to what the API says.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";
import { bodyOf, type BodyParts, embeddingsBody } from "./_bodies.ts";
import { recordOf } from "./_json.ts";
import type { Random } from "./_random.ts";
import type { Respond, SimulatedAnswer, SimulatedRequest } from "./types.ts";

/** An HTTP answer, the reason why the request never ran, or whole lines. */
export type Outcome =
  | { status: number; body: unknown }
  | { error: { code: string; message: string } }
  | { lines: readonly Record<string, unknown>[] };

const MESSAGES: ReadonlyMap<string, string> = new Map([
  [
    "batch_expired",
    "This request could not be executed before the completion window expired.",
  ],
  [
    "batch_cancelled",
    "This request was not executed because the batch was cancelled.",
  ],
  ["request_timeout", "The request timed out while the model was running it."],
]);

/**
 * Asks the test, or the default, and completes the answer.
 *
 * @returns The outcome, at once where `respond` answers at once.
 */
export function outcomeOf(
  respond: Respond,
  request: SimulatedRequest,
  now: number,
  random: Random,
): Outcome | Promise<Outcome> {
  const complete = (answer: SimulatedAnswer) =>
    completed(answer, request, now, random);
  const answer = respond(request);
  return answer instanceof Promise ? answer.then(complete) : complete(answer);
}

/** Why a request never ran. */
export function neverRan(code: string): Outcome {
  return { error: { code, message: MESSAGES.get(code) ?? code } };
}

/** The answer of a request that ran and will be billed. */
export function answerIn(
  outcome: Outcome,
): { status: number; body: unknown } | undefined {
  if ("error" in outcome) return undefined;
  const answers = "lines" in outcome ? answersIn(outcome.lines) : [outcome];
  return answers.find(({ status }) => status >= 200 && status < 300);
}

/** The HTTP answers of lines, in their order. */
export function answersIn(
  lines: readonly Record<string, unknown>[],
): { status: number; body: unknown }[] {
  return lines.flatMap(({ response }) => {
    const { status_code, body } = recordOf(response);
    return typeof status_code === "number" ? { status: status_code, body } : [];
  });
}

/** Adds a response body's usage to a sum. */
export function addUsage(sum: Usage, body: unknown): void {
  const usage = recordOf(recordOf(bodyIn(body)).usage);
  const read = count(usage.input_tokens ?? usage.prompt_tokens);
  const written = count(usage.output_tokens ?? usage.completion_tokens);
  const readDetails = usage.input_tokens_details ?? usage.prompt_tokens_details;
  const writtenDetails = usage.output_tokens_details ??
    usage.completion_tokens_details;
  sum.input_tokens += read;
  sum.output_tokens += written;
  sum.total_tokens += read + written;
  sum.input_tokens_details!.cached_tokens += count(
    recordOf(readDetails).cached_tokens,
  );
  sum.output_tokens_details!.reasoning_tokens += count(
    recordOf(writtenDetails).reasoning_tokens,
  );
}

/** Some servers write a body as JSON in a text. */
function bodyIn(body: unknown): unknown {
  if (typeof body !== "string") return body;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A sum to begin with. */
export function noUsage(): Usage {
  return {
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 0,
  };
}

function completed(
  answer: SimulatedAnswer,
  request: SimulatedRequest,
  now: number,
  random: Random,
): Outcome {
  const parts: BodyParts = {
    request: request.body,
    text: typeof answer === "string" ? answer : "",
    created: Math.floor(now / 1000),
    random,
  };
  if (typeof answer === "string") {
    return { status: 200, body: bodyOf(request.url, parts) };
  }
  if (Array.isArray(answer)) {
    return { status: 200, body: embeddingsBody(parts, [answer]) };
  }
  const { status, body, error, lines }: Record<string, unknown> = recordOf(
    answer,
  );
  if (Array.isArray(lines)) return { lines: lines.map(recordOf) };
  if (typeof status === "number") return { status, body };
  if (typeof error === "string") return neverRan(error);
  return { status: 200, body: answer };
}

function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
