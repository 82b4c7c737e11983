/**
 * Sends one request until it has its result.
 *
 * @module
 */

import { QuotaError } from "../errors.ts";
import { brokenByLane, type DirectLane } from "../requests/direct_lane.ts";
import { backoff, MAX_RETRY_AFTER, readRetryAfter } from "../rest/retry.ts";
import { checkOutput } from "../results/check_output.ts";
import type { AnyResult } from "../results/result.ts";
import { judge, worthOf } from "../results/verdict.ts";
import type { Asking, DirectRequest } from "./asking.ts";
import type { Outcome } from "./call.ts";
import { Entry } from "./entry.ts";

/**
 * Tries until there is a final result. Only calls in which the request could run
 * count as attempts: 429, 503 and a failed connection are waited out for up to an
 * hour. If a lane has no room, that hour is for all its requests together: a single
 * one may have bad luck for longer.
 *
 * @throws {TypeError} If it can't be asked in this lane.
 * @throws {QuotaError} If the credit is used up.
 * @throws What ends every other request too: a refused key, or an hour in which nothing got through.
 */
export async function ask(
  request: DirectRequest,
  asking: Asking,
): Promise<AnyResult> {
  const { clock, answers, waits, windows } = asking;
  const { line } = request;
  const { contact } = asking.caller.transport;
  const entry = new Entry(request, asking);
  checkFits(request, asking.lane);
  while (true) {
    const outcome = await attempt(request, entry, asking);
    const { lost, refusal } = outcome;
    if (refusal) {
      const { attempts } = request;
      return request.best ?? { ...outcome.result, attempts };
    }
    asking.onAnswer(outcome.result, line);

    const { schema } = answers;
    const result = schema
      ? await checkOutput(outcome.result, schema)
      : outcome.result;
    const verdict = judge(result, answers);
    if (verdict.kind === "quota") throw quotaError(result);
    const { best } = request;
    request.attempts = result.attempts;
    if (!best || worthOf(result) >= worthOf(best)) {
      request.best = result;
      request.params = verdict.params;
    }
    const isLast = request.attempts >= answers.maxAttempts;
    // If nothing was ever reached, the others wouldn't fare any better.
    if (lost && isLast && !contact.isReached) throw lost;
    const isFinal = verdict.kind === "final" || isLast || windows?.isCancelled;
    if (isFinal && request.best) return request.best;
    const ms = waitAfter(outcome, clock.now());
    asking.trace?.({
      type: "retry",
      at: clock.now(),
      ms,
      attempt: request.attempts,
      request: line.custom_id,
      reason: result.error?.code ?? "not_good_enough",
    });
    await clock.sleep(ms, waits);
  }
}

/** One attempt: a call, and in a window what comes of it hours later. */
function attempt(
  request: DirectRequest,
  entry: Entry,
  { windows, waits, onOpen, onOver }: Asking,
): Promise<Outcome> {
  const { line, attempts, params } = request;
  const create = () => entry.call(params, attempts + 1);
  if (!windows) return create();
  return windows.attempt({
    line,
    attempts,
    waits,
    asked: (attempts) => entry.asked(attempts),
    create,
    onOpen: () => {
      entry.markSent();
      onOpen();
    },
    onOver,
  });
}

/** Lines of an attached job were checked by another process. */
function checkFits(
  { line }: DirectRequest,
  lane: DirectLane | undefined,
): void {
  const broken = brokenByLane(line.body, line.url, lane);
  if (broken === undefined) return;
  const id = JSON.stringify(line.custom_id.slice(0, 64));
  throw new TypeError(`The request ${id} ${broken}`);
}

function quotaError(result: AnyResult): QuotaError {
  const { message = "", code = "insufficient_quota" } = result.error ?? {};
  return new QuotaError(message, { code });
}

/** A server's failure needs time; an answer that isn't good enough doesn't. */
function waitAfter({ result, headers }: Outcome, now: number): number {
  if (result.ok) return 0;
  const asked = headers && readRetryAfter(headers, now);
  return Math.min(asked ?? backoff(result.attempts - 1), MAX_RETRY_AFTER);
}
