/**
 * Ends a call that makes no progress, and says why a call has ended.
 *
 * @module
 */

import { APIError, ConnectionError } from "../errors.ts";
import { onAbort } from "../on_abort.ts";
import type { Clock } from "../types/platform.ts";
import { causeOf, isUnsent, whyForbidden } from "./_cause.ts";

/** What is called. */
export interface Called {
  /** The method and the path. */
  name: string;
  /** The origin, which contains no secret. */
  address: string;
  /** Masked in whatever an error quotes. */
  key: string;
  /** Whether it may have taken effect and must not be repeated. */
  ambiguous: boolean;
}

/** Watches one call. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #caller: AbortSignal | undefined;
  readonly #release: () => void;
  readonly #call = new AbortController();
  #timer: AbortController | undefined;
  /** When the call is given up, ms; Infinity while nothing waits for it. */
  #until = Infinity;
  #late = false;
  readonly #called: Called;
  /** Whether the head of the response has arrived. */
  isAnswered = false;

  /** @param timeout Milliseconds that a chunk of a body may take. */
  constructor(
    clock: Clock,
    timeout: number,
    caller: AbortSignal | undefined,
    called: Called,
  ) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#caller = caller;
    this.#called = called;
    this.#release = onAbort(caller, () => this.#call.abort(caller?.reason));
  }

  /** For `fetch`. */
  get signal(): AbortSignal {
    return this.#call.signal;
  }

  /** Gives the call this long from now. */
  start(ms: number): void {
    this.#until = this.#clock.now() + ms;
    // One timer for many chunks: one per chunk costs more than reading it.
    if (!this.#timer) this.#arm(ms);
  }

  /** The call has ended. */
  stop(): void {
    this.#until = Infinity;
    this.#disarm();
    this.#release();
  }

  /** The call is over, and the rest of its response isn't needed: Node keeps the connection of a redirect open. */
  abandon(): void {
    this.stop();
    this.#call.abort();
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
   * Watches the body as well: each chunk gets the full time limit, and the time
   * between two reads doesn't count.
   *
   * @param onEnd Gets the bytes that were read, and the error that ended it, if one did.
   * @returns The same response with a watched body.
   */
  watchBody(
    response: Response,
    onEnd?: (bytes: number, error?: unknown) => void,
  ): Response {
    this.#disarm();
    if (!response.body) {
      onEnd?.(0);
      return response;
    }
    let bytes = 0;
    const reader = response.body.getReader();
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        this.start(this.#timeout);
        try {
          const { done, value } = await reader.read();
          this.#until = Infinity;
          if (!done) {
            bytes += value.length;
            return controller.enqueue(value);
          }
          this.stop();
          onEnd?.(bytes);
          controller.close();
        } catch (error) {
          this.stop();
          const explained = this.explain(error);
          onEnd?.(bytes, explained);
          controller.error(explained);
        }
      },
      cancel: (reason) => {
        this.stop();
        onEnd?.(bytes);
        this.#call.abort(reason);
        return reader.cancel(reason).catch(() => {});
      },
    }, { highWaterMark: 0 });
    const { status, statusText, headers } = response;
    return new Response(body, { status, statusText, headers });
  }

  /**
   * Why a call ended, as one of this module's errors.
   *
   * @returns The signal's reason if that ended the call, otherwise the error to throw.
   */
  explain(error: unknown): unknown {
    if (this.#caller?.aborted) return this.#caller.reason;
    if (error instanceof APIError) return error;
    if (error instanceof ConnectionError) return error;
    const { name, address, ambiguous } = this.#called;
    if (this.#late) {
      return new ConnectionError(`${name} made no progress at ${address}`, {
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
    return this.#lost(error);
  }

  #lost(error: unknown): ConnectionError {
    const { name, address, key, ambiguous } = this.#called;
    const forbidden = whyForbidden(error);
    if (forbidden !== undefined) {
      return new ConnectionError(
        `There is no permission to reach ${address}: ${forbidden}`,
        { code: "permission", cause: error },
      );
    }
    const unsent = !this.isAnswered && isUnsent(error);
    const why = causeOf(error, key);
    return new ConnectionError(
      this.isAnswered
        ? `${name} lost its connection to ${address} (${why})`
        : `Cannot reach ${address} (${why})`,
      {
        code: unsent ? "unreachable" : "connection",
        ambiguous: ambiguous && !unsent,
        cause: error,
      },
    );
  }
}

/** `redirect: "error"` causes a TypeError, worded differently in each runtime. */
function isRedirect(error: unknown): boolean {
  const { message, code, cause } = error as {
    message?: unknown;
    code?: unknown;
    cause?: { message?: unknown };
  };
  return /redirect/i.test([message, code, cause?.message].join(" "));
}
