/**
 * The results of direct calls as they come.
 *
 * @module
 */

import { watch } from "../job/watch.ts";
import {
  type Price,
  type TableOptions,
  UsageCounter,
  type UsageReport,
  usageTable,
} from "../pricing/mod.ts";
import { countRequests, readRequests } from "../requests/source.ts";
import { stringify } from "../requests/stringify.ts";
import type { AnyResult, Result } from "../results/result.ts";
import { type ResultStream, type Run, toRun } from "../results/run.ts";
import type { Endpoint } from "../types/endpoints.ts";
import type { Clock } from "../types/platform.ts";
import type { DirectRequest } from "./ask.ts";
import { askAll } from "./ask_all.ts";
import type { Caller } from "./call.ts";
import type { DirectSettings } from "./options.ts";
import { DirectTally } from "./tally.ts";

/** What direct calls get from the client. */
export interface DirectSurroundings {
  /** What makes the calls. */
  caller: Caller;
  /** Measures time. */
  clock: Clock;
  /** Own prices. */
  prices: Record<string, Price | string> | undefined;
}

/**
 * Asks while it is read.
 *
 * @typeParam E The endpoint that is asked.
 * @typeParam T The type of `parsed`.
 */
export class DirectStream<E extends Endpoint, T> implements ResultStream<E, T> {
  /** There is no job. */
  readonly jobId: undefined;
  readonly #usage: UsageCounter;
  readonly #results: AsyncGenerator<Result<E, T>>;

  /**
   * @param requests What the caller passed.
   * @param settings The options.
   * @param around The client's.
   */
  constructor(
    requests: unknown,
    settings: DirectSettings,
    around: DirectSurroundings,
  ) {
    this.#usage = new UsageCounter(around.prices);
    this.#results = drive(requests, settings, around, this.#usage);
  }

  /** What was used and paid so far. */
  get usage(): UsageReport {
    return this.#usage.report();
  }

  /**
   * @param options How it looks.
   * @returns The usage so far as a table.
   */
  usageTable(options?: TableOptions): string {
    return usageTable(this.usage, options);
  }

  /** @returns The next result. */
  next(): Promise<IteratorResult<Result<E, T>>> {
    return this.#results.next();
  }

  /**
   * Stops reading, and ends the calls that run.
   *
   * @param value Handed back.
   * @returns The end of the stream.
   */
  return(value?: unknown): Promise<IteratorResult<Result<E, T>>> {
    return this.#results.return(value);
  }

  /** @returns Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @returns All results that were not read before, as a run. */
  async collect(): Promise<Run<E, T>> {
    const results: Result<E, T>[] = [];
    for await (const result of this) results.push(result);
    return toRun({
      jobId: undefined,
      results,
      batches: [],
      usage: this.usage,
    });
  }
}

async function* drive(
  requests: unknown,
  settings: DirectSettings,
  { caller, clock }: DirectSurroundings,
  usage: UsageCounter,
): AsyncGenerator<AnyResult> {
  const tally = new DirectTally(countRequests(requests), clock.now());
  const watched = {
    settings,
    tally,
    get status() {
      return tally.status;
    },
  };
  const watching = watch(watched, clock);
  const lines = prepare(requests, settings, tally);
  try {
    watching.update();
    const results = askAll(lines, {
      ...settings,
      caller,
      clock,
      onSend: () => tally.send(),
      onAnswer: (result, { body }) => count(usage, result, body.model),
    });
    for await (const result of results) {
      tally.finish(result);
      watching.update();
      yield result;
    }
    tally.done = true;
    watching.update();
  } finally {
    watching.close();
  }
}

async function* prepare(
  requests: unknown,
  { defaults }: DirectSettings,
  tally: DirectTally,
): AsyncGenerator<DirectRequest> {
  for await (const request of readRequests(requests, defaults)) {
    stringify(request); // names the request that can't be sent
    tally.prepare();
    yield { ...request, attempts: 0 };
  }
}

/** Failures without tokens cost nothing. */
function count(usage: UsageCounter, result: AnyResult, asked: unknown): void {
  if (!result.usage && !result.ok) return;
  const model = result.model ??
    (typeof asked === "string" ? asked : "unknown");
  usage.add({ model, via: "direct", usage: result.usage });
}
