/**
 * The synchronous endpoints: one request, one answer.
 *
 * @module
 */

import { answersIn, outcomeOf } from "./_answers.ts";
import type { FaultPlan } from "./_faults.ts";
import { HttpError, missingParameter } from "./_http_error.ts";
import type { Books } from "./_ledger.ts";
import type { Random } from "./_random.ts";
import type { RateLimits } from "./_rate_limits.ts";
import { json, type Reply } from "./_reply.ts";
import { checkBackground } from "./_response.ts";
import type { ResponseStore } from "./_responses.ts";
import { needsModel } from "./_routes.ts";
import { checkTier, noRoom } from "./_tiers.ts";
import type { Respond } from "./types.ts";
import { isUnknownModel } from "./_validation.ts";

/** What a synchronous call needs of its simulator. */
export interface DirectContext {
  books: Books;
  faults: FaultPlan;
  limits: RateLimits;
  responses: ResponseStore;
  respond: Respond;
  random: Random;
  now: number;
}

/**
 * Answers a synchronous call, or accepts one that runs in the background.
 *
 * @throws {HttpError} If the API would refuse it, or timed out.
 */
export async function answerDirectly(
  endpoint: string,
  body: Record<string, unknown>,
  context: DirectContext,
): Promise<Reply> {
  const { books, faults, limits, responses, respond, random, now } = context;
  const { model } = body;
  if (model === undefined && needsModel(endpoint)) {
    throw missingParameter("model");
  }
  if (typeof model === "string" && isUnknownModel(model)) {
    throw new HttpError(404, `The model '${model}' does not exist.`, {
      code: "model_not_found",
    });
  }
  checkTier(endpoint, body);
  const isResponse = endpoint === "/v1/responses";
  if (isResponse) checkBackground(body);
  const isFlex = body.service_tier === "flex";
  if (isFlex && faults.strikes("resource_unavailable", random)) throw noRoom();
  const headers = limits.take(body, now);
  if (isResponse && body.background === true) {
    return json(200, responses.create(body, now).wire, headers);
  }
  if (body.stream === true) {
    throw new HttpError(400, "The simulator doesn't stream its answers.", {
      param: "stream",
      code: "streaming_unsupported",
    });
  }
  const request = books.askDirectly(endpoint, body);
  const outcome = await outcomeOf(respond, request, now, random);
  const answer = "lines" in outcome
    ? answersIn(outcome.lines).at(-1) ?? NO_ANSWER
    : outcome;
  if ("status" in answer) return json(answer.status, answer.body, headers);
  const { message, code } = answer.error;
  throw new HttpError(408, message, { type: "server_error", code, headers });
}

/** Lines without an answer are of a batch, which has no words for a call. */
const NO_ANSWER = { status: 500, body: null };
