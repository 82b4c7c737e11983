/**
 * Asks one request until it has its result.
 *
 * @module
 */

import { APIError, QuotaError } from "../errors.ts";
import { askedLane } from "../pricing/mod.ts";
import type { WaitingFor } from "../progress/status.ts";
import {
  brokenByLane,
  type DirectLane,
  inLane,
} from "../requests/direct_lane.ts";
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
  /** When those may begin that found no room in their lane: others must not hold them up. */
  fallbackPace: Pace;
  /** In which lane; undefined leaves that to the request and its project. */
  lane: DirectLane | undefined;
  /** Ms until a request that finds no room is asked at the standard price. */
  fallbackAfter: number | undefined;
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
 * waited for, up to an hour. Where a lane has no room, so are all of its
 * requests together: one may have bad luck for longer than that.
 *
 * @param request The request.
 * @param asking What it needs.
 * @returns Its result.
 * @throws {TypeError} If it can't be asked in this lane.
 * @throws {QuotaError} If the credit is used up.
 * @throws What ends every other request too: a refused key, or an hour in which nothing got through.
 */
export async function ask(
  request: DirectRequest,
  asking: Asking,
): Promise<AnyResult> {
  const { clock, answers, waits } = asking;
  const { fallbackAfter = Infinity } = asking;
  const { line } = request;
  checkFits(request, asking.lane);
  const { contact } = asking.caller.transport;
  const refusals = new Refusals(contact);
  let { attempts, best, params } = request;
  let { lane, pace } = asking;
  let until = clock.now() + fallbackAfter;
  const fallBack = () => {
    lane = "standard";
    pace = asking.fallbackPace;
    until = Infinity;
  };
  let isSent = false;
  while (true) {
    const body = inLane({ ...line.body, ...params }, line.url, lane);
    const tokens = tokensOf({ ...line, body });
    const ticket = await pace.enter(tokens, waits, until);
    if (!ticket) {
      fallBack();
      continue;
    }
    if (!isSent) asking.onSend();
    isSent = true;
    const outcome = await call(request, body, attempts + 1, asking);
    const { headers, refusal, lost } = outcome;
    if (refusal) {
      const isFull = lane === "flex" && hasNoRoom(refusal);
      const isOver = pace.refused(ticket, headers, isFull);
      const now = clock.now();
      if (isFull && fallbackAfter < Infinity && (isOver || now >= until)) {
        fallBack();
        continue;
      }
      if (isOver) throw refusal;
      asking.onWait(waitAfterRefusal(refusal, pace, asking));
      const isHopeless = refusals.add(now) && !isFull;
      if (isHopeless) return best ?? { ...outcome.result, attempts };
      // It may be this request alone: the others must not wait for it.
      const left = isFull ? until - now : Infinity;
      await clock.sleep(Math.min(refusals.pause, left), waits);
      continue;
    }
    until = clock.now() + fallbackAfter;
    if (!lost) pace.answered(ticket, headers);
    else if (pace.refused(ticket, headers)) throw lost;
    asking.onWait(lost && waitAfterRefusal(lost, pace, asking));
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

/** Lines of a job that was attached were checked by somebody else. */
function checkFits(
  { line }: DirectRequest,
  lane: DirectLane | undefined,
): void {
  const broken = brokenByLane(line.body, line.url, lane);
  if (broken === undefined) return;
  const id = JSON.stringify(line.custom_id.slice(0, 64));
  throw new TypeError(`The request ${id} ${broken}`);
}

/** OpenAI's words for it where flex has no capacity. */
function hasNoRoom(refusal: Error): boolean {
  if (!(refusal instanceof APIError)) return false;
  const { code, type, message } = refusal;
  return /resource[ _]?unavailable/i.test(`${code} ${type} ${message}`);
}

/** Why the calls wait, and until when. */
function waitAfterRefusal(
  error: Error,
  pace: Pace,
  { caller }: Asking,
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
