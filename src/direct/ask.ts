/**
 * Asks one request until it has its result.
 *
 * @module
 */

import { APIError, QuotaError } from "../errors.ts";
import { askedLane } from "../pricing/mod.ts";
import type { WaitingFor } from "../progress/status.ts";
import { outputLimit } from "../requests/output_limit.ts";
import { lineCounter } from "../requests/text_of.ts";
import type { IndexedLine } from "../requests/to_line.ts";
import { backoff, MAX_RETRY_AFTER, readRetryAfter } from "../rest/retry.ts";
import type { AnswerSettings } from "../results/answer_options.ts";
import { checkOutput } from "../results/check_output.ts";
import type { AnyResult } from "../results/result.ts";
import { judge, worthOf } from "../results/verdict.ts";
import type { Clock } from "../types/platform.ts";
import { Refusals } from "./_refusals.ts";
import { type Caller, callOnce, type Outcome } from "./call.ts";
import type { Pace } from "./pace.ts";

/** A request that is to be asked. */
export interface DirectRequest {
  /** Its position in the input; undefined where the input was not seen. */
  index: number | undefined;
  /** Its line. */
  line: IndexedLine["line"];
  /** How often a batch was asked. */
  attempts: number;
  /** The best that came of that. */
  best?: AnyResult | undefined;
  /** Params for the next attempt. */
  params?: Record<string, unknown> | undefined;
}

/** What asking needs. */
export interface Asking {
  /** What makes the calls. */
  caller: Caller;
  /** When they may begin. */
  pace: Pace;
  /** Measures the pauses between attempts. */
  clock: Clock;
  /** What is asked again. */
  answers: AnswerSettings;
  /** Ends the calls. */
  calls: AbortSignal;
  /** Ends everything but the calls. */
  waits: AbortSignal;
  /** Gets every answer, the repeated ones too: all of them are paid. */
  onAnswer: (result: AnyResult, line: IndexedLine["line"]) => void;
  /** A request is sent for the first time. */
  onSend: () => void;
  /** Calls wait, as one has not got through; undefined: they don't any more. */
  onWait: (wait: WaitingFor | undefined) => void;
}

/**
 * Asks until there is a final result. Only calls in which the request could
 * run count as attempts: 429, 503 and a connection that could not be made are
 * waited for, up to an hour.
 *
 * @param request The request.
 * @param asking What it needs.
 * @returns Its result.
 * @throws {QuotaError} If the credit is used up.
 * @throws What ends every other request too: a refused key, or an hour in which nothing got through.
 */
export async function ask(
  request: DirectRequest,
  asking: Asking,
): Promise<AnyResult> {
  const { pace, clock, answers, waits } = asking;
  const { line } = request;
  const { contact } = asking.caller.transport;
  const refusals = new Refusals(contact);
  let { attempts, best, params } = request;
  let isSent = false;
  while (true) {
    const body = { ...line.body, ...params };
    const ticket = await pace.enter(tokensOf({ ...line, body }), waits);
    if (!isSent) asking.onSend();
    isSent = true;
    const outcome = await call(request, body, attempts + 1, asking);
    const { headers, refusal, lost } = outcome;
    if (refusal) {
      if (pace.refused(ticket, headers)) throw refusal;
      asking.onWait(waitAfterRefusal(refusal, asking));
      const isHopeless = refusals.add(clock.now());
      if (isHopeless) return best ?? { ...outcome.result, attempts };
      // It may be this request alone: the others must not wait for it.
      await clock.sleep(refusals.pause, waits);
      continue;
    }
    if (!lost) pace.answered(ticket, headers);
    else if (pace.refused(ticket, headers)) throw lost;
    asking.onWait(lost && waitAfterRefusal(lost, asking));
    asking.onAnswer(outcome.result, line);

    const { schema } = answers;
    const result = schema
      ? await checkOutput(outcome.result, schema)
      : outcome.result;
    const verdict = judge(result, answers);
    if (verdict.kind === "quota") throw quotaError(result);
    attempts++;
    if (!best || worthOf(result) >= worthOf(best)) {
      best = result;
      params = verdict.params;
    }
    const isLast = attempts >= answers.maxAttempts;
    // Where nothing was ever reached, the others would fare no better.
    if (lost && isLast && !contact.isReached) throw lost;
    if (verdict.kind === "final" || isLast) return best;
    await clock.sleep(waitAfter(outcome, attempts, clock.now()), waits);
  }
}

/** Why the calls wait, and until when. */
function waitAfterRefusal(
  error: Error,
  { pace, caller }: Asking,
): WaitingFor {
  const { isReached } = caller.transport.contact;
  const longest = isReached ? "an hour" : "a minute";
  return {
    reason: error instanceof APIError ? "retry" : "connection",
    until: new Date(pace.resumesAt),
    message: `${error.message}, trying again for up to ${longest}`,
  };
}

function call(
  { index, line }: DirectRequest,
  body: Record<string, unknown>,
  attempts: number,
  { caller, calls }: Asking,
): Promise<Outcome> {
  const id = line.custom_id;
  const endpoint = line.url;
  const lane = askedLane(body);
  const asked = {
    id,
    index,
    attempts,
    batchId: undefined,
    endpoint,
    via,
    lane,
  };
  return callOnce(caller, endpoint, body, asked, calls);
}

const via = "direct" as const;

/** As OpenAI counts them against the limit: the text, or the output's cap if that is more. */
function tokensOf(line: IndexedLine["line"]): number {
  return Math.max(lineCounter()(line), outputLimit(line) || 0);
}

function quotaError(result: AnyResult): QuotaError {
  const { message = "", code = "insufficient_quota" } = result.error ?? {};
  return new QuotaError(message, { code });
}

/** A failure of the server is given time; an answer that is not good enough needs none. */
function waitAfter(
  { result, headers }: Outcome,
  attempts: number,
  now: number,
): number {
  if (result.ok) return 0;
  const asked = headers && readRetryAfter(headers, now);
  return Math.min(asked ?? backoff(attempts - 1), MAX_RETRY_AFTER);
}
