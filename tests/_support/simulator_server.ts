/**
 * The simulator on a port of 127.0.0.1, for programs in other processes.
 *
 * @module
 */

import type { TestContext } from "node:test";
import type { Clock } from "../../mod.ts";
import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
} from "../../src/testing/mod.ts";
import { forward, serve } from "./loopback.ts";

/** Longer than any batch of the simulator takes that does not expire. */
const LONG = 5 * 3_600_000;

/** A simulator, and where it is. */
export interface SimulatorServer {
  /** For a client's `baseURL`, or OPENAI_BASE_URL. */
  baseURL: string;
  /** What it has seen. */
  sim: Simulator;
}

/**
 * Serves a simulator until the test has ended.
 *
 * @param t The test.
 * @param options The simulator's.
 * @returns The simulator and its address.
 */
export async function serveSimulator(
  t: TestContext,
  options: SimulatorOptions = {},
): Promise<SimulatorServer> {
  const sim = createSimulator(options);
  const origin = await serve(
    t,
    (request, response) => void forward(request, response, sim.fetch),
  );
  return { sim, baseURL: `${origin}/v1` };
}

/**
 * Serves a simulator for programs whose time is that of `fast_time.ts`, and
 * whose batches have ended when they look at them.
 *
 * @param t The test.
 * @param speed How much faster their time is.
 * @returns The simulator and its address.
 */
export async function serveFastSimulator(
  t: TestContext,
  speed: number,
): Promise<SimulatorServer> {
  let lead = 0;
  const clock: Clock = {
    now: () => Date.now() * speed + lead,
    sleep: (ms) => new Promise((done) => setTimeout(done, ms / speed)),
  };
  const sim = createSimulator({
    clock,
    respond: ({ text }) => text.toUpperCase(),
  });
  const origin = await serve(t, async (request, response) => {
    await forward(request, response, sim.fetch);
    if (request.method === "POST" && request.url === "/v1/batches") {
      lead += LONG;
    }
  });
  return { sim, baseURL: `${origin}/v1` };
}
