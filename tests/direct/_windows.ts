/** Calls in a background window. */

import {
  type DirectOptions,
  type Fetch,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";

const MINUTE = 60_000;

export type Options = DirectOptions<"/v1/responses">;

export const asked: Options & { endpoint: "/v1/responses" } = {
  endpoint: "/v1/responses",
  lane: "2h",
  params: { model: "gpt-5" },
  progress: false,
};

export function open(
  simulator: SimulatorOptions = {},
): { sim: Simulator; client: OpenAIBatch } {
  const sim = createSimulator(simulator);
  return { sim, client: new OpenAIBatch(sim.options) };
}

/** The most calls of a kind within a minute, on the simulator's clock. */
export function watchCalls(
  sim: Simulator,
  kind: RegExp,
): { fetch: Fetch; times: number[]; most: () => number } {
  const times: number[] = [];
  const fetch: typeof sim.fetch = (input, init) => {
    const { pathname } = new URL(String(input));
    if (kind.test(pathname)) times.push(sim.clock.now());
    return sim.fetch(input, init);
  };
  const most = () => {
    let most = 0;
    let first = 0;
    for (const [i, time] of times.entries()) {
      while (times[first]! <= time - MINUTE) first++;
      most = Math.max(most, i + 1 - first);
    }
    return most;
  };
  return { fetch, times, most };
}
