/**
 * msw between the global `fetch` and the simulator: what is sent is what a
 * real request has, down to the multipart body.
 *
 * @module
 */

import type { TestContext } from "node:test";
import { http } from "msw";
import { type SetupServer, setupServer } from "msw/node";
import { OpenAIBatch } from "@offpeak/openai-batch";
import type { SimulatorOptions } from "@offpeak/openai-batch/testing";
import { createWire, holdFetch, type Wire } from "./wire.ts";

/** An intercepted API. */
export interface Interception extends Wire {
  /** A client with nothing but a key and a clock. */
  client: OpenAIBatch;
  /** msw, for answers of a test's own. */
  server: SetupServer;
}

/**
 * Intercepts the default address until the test has ended.
 *
 * @param t The test.
 * @param options The simulator's.
 * @returns The simulator, and a client that reaches it by the global `fetch`.
 */
export function intercept(
  t: TestContext,
  options: SimulatorOptions = {},
): Interception {
  const { sim, clock } = createWire(options);
  const server = setupServer(
    http.all(
      "https://api.openai.com/v1/*",
      ({ request }) => sim.fetch(request),
    ),
  );
  server.listen({ onUnhandledRequest: "error" });
  const release = holdFetch(clock);
  t.after(() => {
    release();
    server.close();
  });
  const client = new OpenAIBatch({ apiKey: sim.options.apiKey, clock });
  return { sim, clock, client, server };
}
