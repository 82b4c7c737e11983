/**
 * The simulator at the far end of the global `fetch`: it answers in the
 * client's time, and that time stands still while a call is on the wire.
 *
 * @module
 */

import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
  VirtualClock,
} from "@offpeak/openai-batch/testing";

/** A simulator and the clock of its clients. */
export interface Wire {
  /** To be called by whatever receives the calls. */
  sim: Simulator;
  /** For the client. The simulator tells its time, and never sleeps on it. */
  clock: VirtualClock;
}

/**
 * @param options The simulator's.
 * @returns The simulator and its client's clock.
 */
export function createWire(options: SimulatorOptions = {}): Wire {
  const clock = new VirtualClock();
  // A sleep would never end: calls on the wire hold the clock.
  const still = { now: () => clock.now(), sleep: () => Promise.resolve() };
  return { sim: createSimulator({ ...options, clock: still }), clock };
}

/**
 * Lets the clock stand still while a global `fetch`, or a read from the body
 * of its answer, is under way.
 *
 * @param clock The clock of the clients.
 * @returns Puts back the `fetch` that was there.
 */
export function holdFetch(clock: VirtualClock): () => void {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) =>
    holdBody(await clock.hold(fetch(input, init)), clock);
  return () => {
    globalThis.fetch = fetch;
  };
}

function holdBody(response: Response, clock: VirtualClock): Response {
  if (!response.body) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async (controller) => {
      const { done, value } = await clock.hold(reader.read());
      if (done) controller.close();
      else controller.enqueue(value);
    },
    // msw never settles it.
    cancel: (reason) => void reader.cancel(reason).catch(() => {}),
  }, { highWaterMark: 0 });
  return new Response(body, response);
}
