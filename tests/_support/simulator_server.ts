/**
 * The simulator on a port of 127.0.0.1, for programs in other processes.
 *
 * @module
 */

import type { TestContext } from "node:test";
import type { Clock } from "@offpeak/openai-batch";
import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";
import { forward, serve } from "./loopback.ts";

const QUARTER = 900_000;

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
 * Serves a simulator for programs whose time is that of `fast_time.ts`. Each
 * look at the batches finds them a quarter of an hour later.
 *
 * @param t The test.
 * @param speed How much faster their time is.
 * @param options The simulator's.
 * @returns The simulator and its address.
 */
export async function serveFastSimulator(
  t: TestContext,
  speed: number,
  options: SimulatorOptions = {},
): Promise<SimulatorServer> {
  let lead = 0;
  const clock: Clock = {
    now: () => Date.now() * speed + lead,
    sleep: (ms) => new Promise((done) => setTimeout(done, ms / speed)),
  };
  const sim = createSimulator({
    ...options,
    clock,
    respond: ({ text }) => text.toUpperCase(),
  });
  const origin = await serve(t, async (request, response) => {
    await forward(request, response, sim.fetch);
    const isLook = request.method === "GET" && /batches/.test(request.url!);
    if (isLook) lead += QUARTER;
  });
  return { sim, baseURL: `${origin}/v1` };
}
