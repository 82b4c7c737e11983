/**
 * The results of direct calls as they come.
 *
 * @module
 */

import { type Price, UsageCounter } from "../pricing/mod.ts";
import { watch } from "../progress/watch.ts";
import { countRequests, readRequests } from "../requests/source.ts";
import { stringify } from "../requests/stringify.ts";
import type { AnyResult } from "../results/result.ts";
import type { ResultStream } from "../results/run.ts";
import { GeneratedStream } from "../results/stream.ts";
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
 * @param requests What the caller passed.
 * @param settings The options.
 * @param around The client's.
 * @returns The results; reading them asks.
 */
export function streamDirect<E extends Endpoint, T>(
  requests: unknown,
  settings: DirectSettings,
  around: DirectSurroundings,
): ResultStream<E, T> {
  const usage = new UsageCounter(around.prices);
  return new GeneratedStream<E, T>({
    jobId: undefined,
    results: drive(requests, settings, around, usage),
    usage: () => usage.report(),
    batches: () => [],
  });
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
      onAnswer: (result, { body: { model } }) =>
        usage.addResult(result, typeof model === "string" ? model : undefined),
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
