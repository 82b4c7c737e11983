/**
 * Asks many requests at a time, and gives each result as it comes.
 *
 * @module
 */

import type { AnyResult } from "../results/result.ts";
import { ask, type Asking, type DirectRequest } from "./ask.ts";
import { Pace } from "./pace.ts";

/** What asking needs, but for what belongs to one pass over the requests. */
export interface Direct
  extends Omit<Asking, "pace" | "fallbackPace" | "calls" | "waits"> {
  /** How many calls may run at a time. */
  concurrency: number;
  /** Ends everything. */
  signal: AbortSignal | undefined;
}

/**
 * Reads requests as it has room for them: no more than `concurrency` of them
 * are read, running, or answered and not yet handed out. After an error nothing
 * new is sent; what runs is read to its end and handed out, and then it is
 * thrown. Whoever stops reading ends the calls.
 *
 * @param requests The requests.
 * @param direct What asking needs.
 * @returns One result per request, in the order in which they come.
 * @throws What {@linkcode ask} or the requests throw, and the signal's reason.
 */
export async function* askAll(
  requests: AsyncGenerator<DirectRequest>,
  direct: Direct,
): AsyncGenerator<AnyResult> {
  const crowd = new Crowd(requests, direct);
  try {
    while (true) {
      crowd.fill();
      const result = crowd.results.shift();
      if (result) yield result;
      else if (crowd.isOver) break;
      else await crowd.news();
    }
    crowd.throwIfFailed();
  } finally {
    crowd.end();
  }
}

/** The requests that are under way. */
class Crowd {
  /** Results that were not handed out. */
  readonly results: AnyResult[] = [];
  readonly #requests: AsyncGenerator<DirectRequest>;
  readonly #direct: Direct;
  readonly #asking: Asking;
  readonly #calls = new AbortController();
  readonly #waits = new AbortController();
  #running = 0;
  #isReading = false;
  #hasEnded = false;
  #failure: { error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(requests: AsyncGenerator<DirectRequest>, direct: Direct) {
    this.#requests = requests;
    this.#direct = direct;
    const { contact } = direct.caller.transport;
    const pace = () => new Pace(direct.concurrency, direct.clock, contact);
    this.#asking = {
      ...direct,
      pace: pace(),
      fallbackPace: pace(),
      calls: this.#calls.signal,
      waits: this.#waits.signal,
    };
    const { signal } = direct;
    if (signal?.aborted) this.#abort();
    signal?.addEventListener("abort", this.#abort);
  }

  /** Whether there is nothing to wait for. */
  get isOver(): boolean {
    return this.#hasEnded && this.#running === 0;
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when something has happened. */
  news(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  /** Reads as many requests as there is room for, one after the other. */
  fill(): void {
    const { concurrency } = this.#direct;
    const isFull = this.#running + this.results.length >= concurrency;
    if (this.#hasEnded || this.#isReading || isFull) return;
    this.#isReading = true;
    this.#requests.next().then(({ done, value }) => {
      this.#isReading = false;
      if (done) this.#hasEnded = true;
      else void this.#ask(value);
      this.fill();
      this.#wake();
    }).catch(this.#fail);
  }

  /** Ends what runs, and lets go of the requests, which may take their time. */
  end(): void {
    this.#direct.signal?.removeEventListener("abort", this.#abort);
    this.#calls.abort();
    this.#waits.abort();
    void this.#requests.return(undefined).catch(() => {});
  }

  async #ask(request: DirectRequest): Promise<void> {
    this.#running++;
    try {
      this.results.push(await ask(request, this.#asking));
    } catch (error) {
      this.#fail(error);
    }
    this.#running--;
    this.#wake();
  }

  readonly #fail = (error: unknown): void => {
    this.#failure ??= { error };
    this.#hasEnded = true;
    this.#waits.abort(error);
    this.#wake();
  };

  readonly #abort = (): void => {
    const reason = this.#direct.signal?.reason;
    this.#calls.abort(reason);
    this.#fail(reason);
  };
}
