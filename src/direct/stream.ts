/**
 * The results of direct calls as they come.
 *
 * @module
 */

import { type Price, UsageCounter } from "../pricing/mod.ts";
import { type Watch, watch } from "../progress/watch.ts";
import { countRequests, readRequests } from "../requests/source.ts";
import { stringify } from "../requests/stringify.ts";
import type { IndexedLine } from "../requests/to_line.ts";
import type { AnyResult } from "../results/result.ts";
import type { ResultStream } from "../results/run.ts";
import { BlockStream } from "../results/stream.ts";
import type { Endpoint } from "../types/endpoints.ts";
import type { Clock } from "../types/platform.ts";
import type { Asking, DirectRequest } from "./ask.ts";
import { askAll } from "./ask_all.ts";
import type { Caller } from "./call.ts";
import type { DirectSettings } from "./options.ts";
import { DirectTotals } from "./totals.ts";

/** What direct calls get from the client. */
export interface DirectServices {
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
 * @param services The client's.
 * @returns The results; reading them asks.
 */
export function streamDirect<E extends Endpoint, T>(
  requests: unknown,
  settings: DirectSettings,
  services: DirectServices,
): ResultStream<E, T> {
  const lines = readRequests(requests, settings.defaults, settings.signal);
  return streamLines(lines, countRequests(requests), settings, services);
}

/**
 * Asks lines while it is read.
 *
 * @param lines The lines.
 * @param total How many there are, if that is known.
 * @param settings The options.
 * @param services The client's.
 * @param onAnswer Gets every answer, the repeated ones too.
 * @returns The results; reading them asks.
 */
export function streamLines<E extends Endpoint, T>(
  lines: AsyncGenerator<IndexedLine>,
  total: number | undefined,
  settings: DirectSettings,
  services: DirectServices,
  onAnswer: OnAnswer = () => {},
): ResultStream<E, T> {
  const usage = new UsageCounter(services.prices);
  const totals = new DirectTotals(total, services.clock.now());
  const count: OnAnswer = (result, line) => {
    const { model } = line.body;
    usage.addResult(result, typeof model === "string" ? model : undefined);
    onAnswer(result, line);
  };
  return new BlockStream<E, T>({
    jobId: undefined,
    blocks: drive(prepare(lines, totals), settings, services, totals, count),
    usage: () => usage.report(),
    batches: () => [],
    refused: () => [],
  });
}

type OnAnswer = Asking["onAnswer"];

async function* drive(
  lines: AsyncGenerator<DirectRequest>,
  settings: DirectSettings,
  { caller, clock }: DirectServices,
  totals: DirectTotals,
  onAnswer: OnAnswer,
): AsyncGenerator<AnyResult[]> {
  const watched = {
    settings,
    totals,
    get status() {
      return totals.status;
    },
  };
  const watching = watch(watched, clock);
  try {
    watching.update();
    const results = askAll(lines, {
      ...settings,
      caller,
      clock,
      onSend: () => totals.send(),
      onWait: (wait) => {
        if (!wait && !totals.wait) return;
        totals.wait = wait;
        watching.update();
      },
      onAnswer,
    });
    for await (const result of watchedWhileRead(results, watching)) {
      totals.finish(result);
      watching.update();
      yield [result];
    }
    totals.done = true;
    watching.update();
  } finally {
    watching.close();
  }
}

/** Time is seen to pass while the next result is waited for. */
function watchedWhileRead<T>(
  results: AsyncGenerator<T>,
  watching: Watch,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => watching.during(results.next()),
      return: (value) => results.return(value),
    }),
  };
}

async function* prepare(
  lines: AsyncGenerator<IndexedLine>,
  totals: DirectTotals,
): AsyncGenerator<DirectRequest> {
  for await (const request of lines) {
    stringify(request); // names the request that can't be sent
    totals.prepare();
    yield { ...request, attempts: 0 };
  }
  totals.end();
}
