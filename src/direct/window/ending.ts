/**
 * From how a background response ended to what came of its request.
 *
 * @module
 */

import type { AnyResult, ResultError } from "../../results/result.ts";
import { type Asked, failureFrom, toFailure } from "../../results/to_result.ts";
import { type Outcome, readAnswer } from "../call.ts";
import type { Ending } from "./looks.ts";
import { isActive, isPaid } from "./state.ts";

/**
 * Reads how a response ended. What was cancelled here and has used nothing may
 * be sent again; what may be paid is not.
 */
export function outcomeOf(ending: Ending, id: string, asked: Asked): Outcome {
  const { answer, isUnreadable, cancelled } = ending;
  if (isUnreadable) {
    return failed(asked, {
      code: "response_queued",
      message: `The response ${id} could not be read for an hour: ` +
        "it may still run, and be billed",
    });
  }
  if (!answer) {
    const message = `The response ${id} is gone`;
    return failed(asked, { code: "missing", message });
  }
  const outcome = readAnswer(answer, asked);
  const error = cancelled && whyNotOver(answer.body, id, cancelled);
  if (!error) return outcome;
  const started = { ...outcome.result, output: undefined };
  return { ...outcome, result: failureFrom(started, error) };
}

/** Tells whether someone else has cancelled it. */
export function wasCancelledElsewhere({ answer, cancelled }: Ending): boolean {
  return !cancelled && isCancelled(answer?.body);
}

function whyNotOver(
  body: unknown,
  id: string,
  cancelled: "late" | "asked",
): ResultError | undefined {
  const isOver = !isActive(body) && !isCancelled(body);
  if (isOver) return undefined;
  if (isActive(body) || (cancelled === "late" && isPaid(body))) {
    const message = isActive(body)
      ? `The response ${id} took too long and can't be cancelled: ` +
        "it is still running and will be billed"
      : `The response ${id} took too long, and was cancelled: ` +
        "what it did by then is billed";
    return { code: "response_queued", message };
  }
  if (cancelled === "asked") {
    const message = `The response ${id} was cancelled with all the others`;
    return { code: "cancelled", message };
  }
  const message =
    `The response ${id} had not ended an hour after its window, ` +
    "and was cancelled before it ran";
  return { code: "request_timeout", message };
}

function isCancelled(body: unknown): boolean {
  const { status } = (body ?? {}) as { status?: unknown };
  return typeof status === "string" && status.toLowerCase() === "cancelled";
}

function failed(asked: Asked, error: ResultError): Outcome {
  const result: AnyResult = toFailure(asked, error);
  return { result, headers: undefined };
}
