/**
 * Sends many requests at the same time, and yields each result as it arrives.
 *
 * @module
 */

import { onAbort } from "../on_abort.ts";
import { askedLane } from "../pricing/mod.ts";
import { type DirectLane, inLane } from "../requests/direct_lane.ts";
import type { AnyResult } from "../results/result.ts";
import { toFailure } from "../results/to_result.ts";
import { ask } from "./ask.ts";
import type { Asking, DirectRequest } from "./asking.ts";
import { Pace } from "./pace.ts";
import { CANCELLED } from "./window/windows.ts";

/** What asking needs, but for what belongs to one pass over the requests. */
export interface Direct extends
  Omit<
    Asking,
    "pace" | "fallbackPace" | "calls" | "waits" | "onOpen" | "onOver"
  > {
  /** How many calls may run at the same time. */
  concurrency: number;
  /** Ends everything. */
  signal: AbortSignal | undefined;
  /** Stops sending: each request without an answer then fails as "cancelled". */
  cancelled?: AbortSignal | undefined;
}

/**
 * Reads requests as it has room for them: no more than `concurrency` of them
 * are read, running, or answered and not yet handed out; those that run in the
 * background take no room. After an error nothing
 * new is sent; what runs is read to its end and handed out, and then it is
 * thrown. If you stop reading, the calls end.
 *
 * @returns One result per request, in the order in which they come.
 * @throws What {@linkcode ask} or the requests throw, and the signal's reason.
 */
export async function* askAll(
  requests: AsyncGenerator<DirectRequest>,
  direct: Direct,
): AsyncGenerator<AnyResult> {
  const crowd = new Crowd(requests, direct);
  let isOver = false;
  try {
    await start(direct);
    while (true) {
      crowd.fill();
      const result = crowd.take();
      if (result) yield result;
      else if (crowd.isOver) break;
      else await crowd.news();
    }
    isOver = !direct.signal?.aborted;
    crowd.throwIfFailed();
  } finally {
    crowd.end();
    await direct.windows?.close(isOver);
  }
}

/** Finds out what earlier processes have left, where anything is kept. */
async function start({ windows, onWait, signal }: Direct): Promise<void> {
  if (!windows) return;
  const { opensAt } = windows;
  if (opensAt) onWait({ reason: "lists", until: new Date(opensAt) });
  await windows.start(signal);
  if (opensAt) onWait(undefined);
}

/** The requests that are under way. */
class Crowd {
  /** Results that were not handed out. */
  readonly #results: AnyResult[] = [];
  readonly #requests: AsyncGenerator<DirectRequest>;
  readonly #direct: Direct;
  readonly #asking: Asking;
  readonly #calls = new AbortController();
  readonly #waits = new AbortController();
  /** Removes what listens to the signals. */
  readonly #releases: (() => void)[];
  #running = 0;
  /** How many run in the background. */
  #open = 0;
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
      onOpen: () => this.#move(1),
      onOver: () => this.#move(-1),
    };
    const { signal, cancelled, windows } = direct;
    if (signal?.aborted) this.#abort();
    if (cancelled?.aborted) this.#cancel();
    this.#releases = [
      onAbort(signal, this.#abort),
      onAbort(cancelled, this.#cancel),
      onAbort(this.#waits.signal, () => windows?.wake()),
    ];
    if (windows) {
      windows.hasRoom = () => this.#results.length < direct.concurrency;
    }
  }

  /** Whether there is nothing to wait for. */
  get isOver(): boolean {
    return this.#hasEnded && this.#running + this.#open === 0;
  }

  /** Takes a result that is to be handed out. */
  take(): AnyResult | undefined {
    const result = this.#results.shift();
    this.#direct.windows?.resume();
    return result;
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
    const isFull = this.#running + this.#results.length >= concurrency;
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

  /** Ends what is running, and closes the input, which may take its time. */
  end(): void {
    this.#calls.abort();
    this.#waits.abort();
    for (const release of this.#releases) release();
    void this.#requests.return(undefined).catch(() => {});
  }

  async #ask(request: DirectRequest): Promise<void> {
    this.#running++;
    try {
      this.#results.push(await ask(request, this.#asking));
    } catch (error) {
      if (error !== CANCELLED) this.#fail(error);
      else this.#results.push(withoutAnswer(request, this.#direct.lane));
    }
    this.#running--;
    this.#wake();
  }

  /** A request goes into the background, or comes back. */
  #move(by: 1 | -1): void {
    this.#open += by;
    this.#running -= by;
    this.#wake();
  }

  readonly #cancel = (): void => this.#waits.abort(CANCELLED);

  readonly #fail = (error: unknown): void => {
    this.#failure ??= { error };
    this.#hasEnded = true;
    this.#waits.abort(error);
    this.#wake();
  };

  readonly #abort = (): void => {
    const reason = this.#direct.signal?.reason;
    this.#calls.abort(reason);
    this.#direct.windows?.end(reason);
    this.#fail(reason);
  };
}

/** The best that there is, or that it was cancelled. */
function withoutAnswer(
  { line, index, attempts, best }: DirectRequest,
  lane: DirectLane | undefined,
): AnyResult {
  const message = "The calls were cancelled before there was an answer";
  const { custom_id: id, url: endpoint, body } = line;
  const asked = {
    id,
    index,
    attempts,
    batchId: undefined,
    endpoint,
    via: "direct" as const,
    lane: askedLane(inLane(body, endpoint, lane)),
  };
  return best ?? toFailure(asked, { code: "cancelled", message });
}
