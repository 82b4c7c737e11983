/**
 * The results of direct calls as they come.
 *
 * @module
 */

import { type Price, UsageCounter } from "../pricing/mod.ts";
import { type Watch, watch } from "../progress/watch.ts";
import { isWindow } from "../requests/direct_lane.ts";
import { Files } from "../rest/files.ts";
import { resultsEvents } from "../trace.ts";
import { countRequests, readRequests } from "../requests/source.ts";
import { stringify } from "../requests/stringify.ts";
import type { IndexedLine } from "../requests/to_line.ts";
import type { AnyResult } from "../results/result.ts";
import type { Endpoint } from "../types/endpoints.ts";
import type { Clock } from "../types/platform.ts";
import type { Asking, DirectRequest } from "./asking.ts";
import { askAll, type Direct } from "./ask_all.ts";
import type { Caller } from "./call.ts";
import { CancellableStream, type DirectStream } from "./direct_stream.ts";
import type { DirectSettings } from "./options.ts";
import { DirectTotals } from "./totals.ts";
import { Windows, type WindowsContext } from "./window/windows.ts";

/** What direct calls get from the client. */
export interface DirectServices {
  /** What makes the calls. */
  caller: Caller;
  /** Measures time. */
  clock: Clock;
  /** The caller's own prices. */
  prices: Record<string, Price | string> | undefined;
  /** What background responses need. */
  background: Pick<WindowsContext, "settleTime" | "listening">;
}

/**
 * Opens what a window needs, if the lane is one.
 *
 * @param options The lane, the job's name, and what becomes of what runs at an abort.
 * @param options.atAbort What happens to what is running when nothing waits for it any more.
 * @returns Undefined in any other lane.
 */
export function openWindows(
  { lane, job, atAbort }: Pick<DirectSettings, "lane" | "job" | "atAbort">,
  { caller, clock, background }: DirectServices,
): Windows | undefined {
  if (!isWindow(lane)) return undefined;
  return new Windows({
    ...background,
    transport: caller.transport,
    files: new Files(caller.transport),
    clock,
    window: lane,
    job,
    cancelsAtAbort: atAbort === "cancel",
  });
}

/** Asks while it is read. */
export function streamDirect<E extends Endpoint, T>(
  requests: unknown,
  settings: DirectSettings,
  services: DirectServices,
): DirectStream<E, T> {
  const lines = readRequests(requests, settings.defaults, settings.signal);
  return streamLines(lines, countRequests(requests), settings, services);
}

/**
 * Asks lines while it is read.
 *
 * @param total How many there are, if that is known.
 */
export function streamLines<E extends Endpoint, T>(
  lines: AsyncGenerator<IndexedLine>,
  total: number | undefined,
  settings: DirectSettings,
  services: DirectServices,
  onAnswer: OnAnswer = () => {},
): DirectStream<E, T> {
  const usage = new UsageCounter(services.prices);
  const totals = new DirectTotals(
    total,
    services.clock.now(),
    settings.job,
  );
  const count: OnAnswer = (result, line) => {
    const { model } = line.body;
    usage.addResult(result, typeof model === "string" ? model : undefined);
    onAnswer(result, line);
  };
  const windows = openWindows(settings, services);
  const cancelling = new AbortController();
  const asking = { windows, cancelled: cancelling.signal, onAnswer: count };
  totals.windows = windows;
  return new CancellableStream<E, T>({
    jobId: settings.job,
    blocks: drive(prepare(lines, totals), settings, services, totals, asking),
    usage: () => usage.report(),
    batches: () => [],
    refused: () => [],
    windows,
    cancelling,
  });
}

type OnAnswer = Asking["onAnswer"];

async function* drive(
  lines: AsyncGenerator<DirectRequest>,
  settings: DirectSettings,
  { caller, clock }: DirectServices,
  totals: DirectTotals,
  asking: Pick<Direct, "windows" | "cancelled" | "onAnswer">,
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
      ...asking,
      caller,
      clock,
      onSend: () => totals.send(),
      onWait: (wait) => {
        if (!wait && !totals.wait) return;
        totals.wait = wait;
        watching.update();
      },
    });
    for await (const result of watchedWhileRead(results, watching)) {
      totals.finish(result);
      if (settings.trace) {
        const base = { at: clock.now(), job: settings.job };
        resultsEvents([result], base).forEach(settings.trace);
      }
      watching.update();
      yield [result];
    }
    totals.done = true;
    watching.update();
  } finally {
    watching.close();
  }
}

/** Reports the time that passes while it waits for the next result. */
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
