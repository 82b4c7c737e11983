/**
 * The simulator's `fetch`: what lies between a caller and the API.
 *
 * @module
 */

import type { Clock, Fetch } from "../types/platform.ts";
import { abortable } from "./_abortable.ts";
import type { Api, Call } from "./_api.ts";
import { type FaultPlan, faultReply } from "./_faults.ts";
import { HttpError } from "./_http_error.ts";
import type { Random } from "./_random.ts";
import { refusal, type Reply, send } from "./_reply.ts";
import { routeOf } from "./_routes.ts";

/** Milliseconds of the clock that a call takes. */
const LATENCY = [20, 200] as const;

/** What a `fetch` needs of its simulator. */
export interface FetchContext {
  api: Api;
  clock: Clock;
  /** Keeps the clock from moving meanwhile. */
  hold: <T>(work: Promise<T>) => Promise<T>;
  faults: FaultPlan;
  random: Random;
  apiKey: string;
}

/** Makes the function through which everything goes. */
export function createFetch(context: FetchContext): Fetch {
  const { api, clock, hold, faults } = context;
  const counts = new Map<string, number>();
  // Reading a body takes turns of the event loop on some runtimes: every
  // piece keeps the clock from taking the reader for idle.
  const working = () => void hold(Promise.resolve());

  return async (input, init) => {
    const signal = init?.signal ??
      (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    const request = new Request(input, { ...init, signal: null });
    const { protocol, pathname, searchParams: query } = new URL(request.url);
    // The official SDK asks for "data:," to see what the platform can do.
    if (protocol === "data:") return await hold(globalThis.fetch(request));
    const entry = api.books.begin(request.method, pathname);
    const route = routeOf(request.method, pathname);
    const count = (counts.get(route.call) ?? 0) + 1;
    counts.set(route.call, count);
    const random = context.random.fork(`${route.call} ${count}`);

    // The body is read while the latency runs, so that calls take effect in
    // the order of the clock, however long reading really takes.
    const [body] = await Promise.all([
      hold(abortable(api.read(route, request), signal)),
      clock.sleep(random.integer(...LATENCY), signal),
    ]);
    const call = { route, query, body, now: clock.now(), random };
    const refused = keyRefusal(request.headers, context.apiKey);
    const fault = refused ? undefined : faults.strike(route.call, random);
    const reply = refused ?? await perform(call, fault, signal);
    entry.status = reply.status;
    const truncated = fault === "truncated" && reply.status < 300;
    const now = clock.now();
    return send(reply, { now, random, signal, truncated, working });
  };

  async function perform(
    call: Call,
    fault: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    if (fault === "reset_before") throw connectionReset();
    if (fault === "hang") return await forever(signal);
    const early = fault && faultReply(fault, call.random, call.now);
    if (early) return early;
    const reply = await hold(abortable(answer(call), signal));
    if (fault === "reset_after") throw connectionReset();
    if (fault === "hang_after") return await forever(signal);
    return reply;
  }

  async function answer(call: Call): Promise<Reply> {
    try {
      return await api.handle(call);
    } catch (error) {
      if (error instanceof HttpError) return refusal(error);
      throw error;
    }
  }
}

function keyRefusal(headers: Headers, apiKey: string): Reply | undefined {
  const bearer = headers.get("authorization");
  const plain = headers.get("api-key");
  if (bearer === `Bearer ${apiKey}` || plain === apiKey) return undefined;
  if (bearer === null && plain === null) {
    return refusal(new HttpError(401, "You didn't provide an API key."));
  }
  const error = new HttpError(401, "Incorrect API key provided.", {
    code: "invalid_api_key",
  });
  return refusal(error);
}

function connectionReset(): TypeError {
  return new TypeError("fetch failed: connection reset");
}

function forever(signal: AbortSignal | undefined): Promise<never> {
  return abortable(new Promise<never>(() => {}), signal);
}
