/**
 * One call of a synchronous endpoint, and what came of it.
 *
 * @module
 */

import { APIError, ConnectionError } from "../errors.ts";
import { parseObject } from "../error_body.ts";
import type { Answer } from "../rest/answer.ts";
import { isBroken } from "../rest/retry.ts";
import { kindOfFailure } from "../retry_rule.ts";
import { isObject } from "../rest/shape.ts";
import { pathOf, type Transport } from "../rest/transport.ts";
import type { AnyResult } from "../results/result.ts";
import { type Asked, toFailure, toResult } from "../results/to_result.ts";
import { TOO_LARGE } from "../results/too_large.ts";

/** What makes calls. */
export interface Caller {
  /** The one way out. */
  transport: Transport;
  /** Ms that a model has for an answer. */
  timeout: number;
  /** The same in the lane "flex", which is slow. */
  flexTimeout: number;
}

/** What came of a call. */
export interface Outcome {
  /** Its result, as if a batch had given it. */
  result: AnyResult;
  /** The answer's headers, where there was one. */
  headers: Headers | undefined;
  /** Set if the request can't have run: what to throw if that never ends. */
  refusal?: Error | undefined;
  /** Set if the connection broke, so that we can't know: the same. */
  lost?: Error | undefined;
}

/**
 * Makes one call.
 *
 * @throws {APIError} If the key is refused.
 * @throws {ConnectionError} If the server redirects.
 * @throws The signal's reason.
 */
export async function callOnce(
  { transport, ...timeouts }: Caller,
  url: string,
  body: Record<string, unknown>,
  asked: Asked,
  signal: AbortSignal,
): Promise<Outcome> {
  const path = pathOf(...url.replace(/^\/v1\//, "/").slice(1).split("/"));
  const isFlex = asked.lane === "flex";
  const timeout = isFlex ? timeouts.flexTimeout : timeouts.timeout;
  const options = { timeout, signal };
  try {
    const answer = await transport.answer({
      method: "POST",
      path,
      body,
      options,
      about: { attempt: asked.attempts },
    });
    return readAnswer(answer, asked);
  } catch (error) {
    if (signal.aborted || !(error instanceof ConnectionError)) throw error;
    return noAnswer(error, asked);
  }
}

/** Reads an answer. */
export function readAnswer(
  { status, headers, body, isTooLarge }: Answer,
  asked: Asked,
): Outcome {
  if (isTooLarge) {
    const result = toFailure(asked, TOO_LARGE);
    return { result, headers };
  }
  if (status < 300 && !isReadable(body)) {
    const message = "The answer is not a JSON object";
    const result = toFailure(asked, { code: "missing", message });
    return { result, headers };
  }
  const request_id = headers.get("x-request-id");
  const response = { status_code: status, request_id, body };
  const result = toResult({ response, error: null }, asked);
  return { result, headers, refusal: refusalOf(result, headers) };
}

/** An object, or one that stands in a text. */
function isReadable(body: unknown): boolean {
  const value = typeof body === "string" ? parseObject(body) : body;
  return isObject(value);
}

/** A rate limit, and a server that is overloaded: the request did not run. */
function refusalOf(result: AnyResult, headers: Headers): Error | undefined {
  const { error } = result;
  const status = error?.status;
  if (!error || (status !== 429 && status !== 503)) return undefined;
  if (kindOfFailure(error) === "credit") return undefined;
  const message = `${status} ${error.message}`;
  return new APIError(message, { status, headers, error });
}

/** A call that got out may have run, and may be paid, however it ended. */
function noAnswer(error: ConnectionError, asked: Asked): Outcome {
  const { code, message } = error;
  if (isBroken(error)) throw error;
  const codes: Record<string, string> = {
    timeout: "request_timeout",
    unreadable: "missing",
  };
  const result = toFailure(asked, { code: codes[code] ?? code, message });
  const outcome = { result, headers: undefined };
  if (code === "unreachable") return { ...outcome, refusal: error };
  return code === "connection" ? { ...outcome, lost: error } : outcome;
}
