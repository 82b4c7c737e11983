/**
 * A server that takes no more batches for now: that is a full queue, and no
 * outage.
 *
 * @module
 */

import { APIError } from "../../errors.ts";
import {
  isPassing,
  MAX_RETRY_AFTER,
  readRetryAfter,
} from "../../rest/retry.ts";
import { QUEUE_PAUSES } from "./queue.ts";
import type { Wait } from "../state/waits.ts";

/** How long nothing but refusals may come, ms. */
const LONGEST = 24 * 3_600_000;

/** The 429s of `POST /batches` since the last one that was created. */
export class CreateRefusals {
  /** How many there are. */
  count = 0;
  #since = 0;
  #until = -Infinity;
  #message = "";

  /** A batch was created, or may have been. */
  reset(): void {
    this.count = 0;
    this.#until = -Infinity;
  }

  /** @returns What the next create waits for; undefined if it may be tried. */
  waitAt(now: number): Wait | undefined {
    if (now >= this.#until) return undefined;
    return { reason: "queue", until: this.#until, message: this.#message };
  }

  /**
   * Takes note of one more. The first time the server's own wait is kept to;
   * then the pauses grow as after a full queue.
   *
   * @throws The error, if it is no 429 that passes, or they have lasted for a day.
   */
  note(error: unknown, now: number): void {
    const isFull = error instanceof APIError && error.status === 429 &&
      isPassing(error);
    if (!isFull) throw error;
    if (this.count === 0) this.#since = now;
    if (now - this.#since > LONGEST) throw final(error);
    this.count++;
    const asked = readRetryAfter(error.headers, now);
    const own = QUEUE_PAUSES[Math.min(this.count, QUEUE_PAUSES.length) - 1]!;
    const least = this.count === 1 && asked !== undefined ? 1_000 : own;
    const pause = Math.max(Math.min(asked ?? 0, MAX_RETRY_AFTER), least);
    this.#until = now + pause;
    this.#message = error.message;
  }
}

/** The same error, for a caller that would wait for it to pass. */
function final(error: APIError): APIError {
  const { message, status, code, type, param } = error;
  const headers = new Headers(error.headers);
  headers.set("x-should-retry", "false");
  return new APIError(message, {
    status,
    headers,
    error: { code, ...(type ? { type } : {}), ...(param ? { param } : {}) },
    cause: error,
  });
}
