/**
 * Ends a call that makes no progress, and tells why a call has ended.
 *
 * @module
 */

import { APIError, ConnectionError } from "../errors.ts";
import type { Clock } from "../types/platform.ts";

/** Watches one call. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #caller: AbortSignal | undefined;
  readonly #call = new AbortController();
  #timer: AbortController | undefined;
  /** When the call is given up, ms; Infinity while nobody waits for it. */
  #until = Infinity;
  #late = false;

  /**
   * @param clock Measures the limit.
   * @param timeout Milliseconds that a chunk of a body may take.
   * @param caller The caller's own signal.
   */
  constructor(clock: Clock, timeout: number, caller: AbortSignal | undefined) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#caller = caller;
    caller?.addEventListener("abort", this.#forward);
  }

  /** For `fetch`. */
  get signal(): AbortSignal {
    return this.#call.signal;
  }

  readonly #forward = (): void => this.#call.abort(this.#caller?.reason);

  /**
   * Gives the call that long from now.
   *
   * @param ms Milliseconds.
   */
  start(ms: number): void {
    this.#until = this.#clock.now() + ms;
    // One timer for many chunks: one for each costs more than reading it.
    if (!this.#timer) this.#arm(ms);
  }

  /** The call has ended. */
  stop(): void {
    this.#until = Infinity;
    this.#disarm();
    this.#caller?.removeEventListener("abort", this.#forward);
  }

  #arm(ms: number): void {
    const timer = this.#timer = new AbortController();
    this.#clock.sleep(ms, timer.signal).then(() => {
      this.#timer = undefined;
      if (this.#until === Infinity) return;
      const left = this.#until - this.#clock.now();
      if (left > 0) return this.#arm(left);
      this.#late = true;
      this.#call.abort(new DOMException("No progress", "TimeoutError"));
    }, () => {});
  }

  #disarm(): void {
    this.#timer?.abort(null);
    this.#timer = undefined;
  }

  /**
   * Watches the body of an answer as well: each chunk gets the limit anew,
   * and the time between two reads does not count.
   *
   * @param response The answer.
   * @returns The same answer with a watched body.
   */
  watchBody(response: Response): Response {
    this.#disarm();
    if (!response.body) return response;
    const reader = response.body.getReader();
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        this.start(this.#timeout);
        try {
          const { done, value } = await reader.read();
          this.#until = Infinity;
          if (!done) return controller.enqueue(value);
          this.stop();
          controller.close();
        } catch (error) {
          this.stop();
          controller.error(this.explain(error, "A download", false));
        }
      },
      cancel: (reason) => {
        this.stop();
        this.#call.abort(reason);
        return reader.cancel(reason).catch(() => {});
      },
    }, { highWaterMark: 0 });
    const { status, statusText, headers } = response;
    return new Response(body, { status, statusText, headers });
  }

  /**
   * What a call ended with, in the module's words.
   *
   * @param error What was thrown.
   * @param name What was called.
   * @param ambiguous Whether it may have taken effect and must not happen twice.
   * @returns The caller's own reason if it ended the call, else the error to throw.
   */
  explain(error: unknown, name: string, ambiguous: boolean): unknown {
    if (this.#caller?.aborted) return this.#caller.reason;
    if (error instanceof APIError) return error;
    if (error instanceof ConnectionError) return error;
    if (this.#late) {
      return new ConnectionError(`${name} made no progress in time`, {
        code: "timeout",
        ambiguous,
        cause: error,
      });
    }
    if (isRedirect(error)) {
      return new ConnectionError(
        `${name} was answered with a redirect, which is not followed`,
        { code: "redirect", cause: error },
      );
    }
    const unreadable = error instanceof SyntaxError;
    return new ConnectionError(
      unreadable
        ? `${name} was answered with something that is no JSON`
        : `${name} lost its connection`,
      {
        code: unreadable ? "unreadable" : "connection",
        ambiguous,
        // A SyntaxError quotes the text that it could not read.
        cause: unreadable ? undefined : error,
      },
    );
  }
}

/** `redirect: "error"` ends as a TypeError that says so in each runtime's own words. */
function isRedirect(error: unknown): boolean {
  const { message, code, cause } = error as {
    message?: unknown;
    code?: unknown;
    cause?: { message?: unknown };
  };
  return /redirect/i.test([message, code, cause?.message].join(" "));
}
