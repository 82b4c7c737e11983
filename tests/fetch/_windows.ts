/** Programs that call `createBatchFetch`, and what they paid. */

import {
  type BatchFetch,
  type BatchFetchOptions,
  createBatchFetch,
} from "@offpeak/openai-batch/fetch";
import type { Simulator } from "@offpeak/openai-batch/testing";

/** A program that was started just now. */
export function start(
  sim: Simulator,
  more: Partial<BatchFetchOptions> = {},
): BatchFetch {
  const { fetch, clock } = sim.options;
  return createBatchFetch({ fetch, clock, job: "night", ...more });
}

/** How often each request of a batch was answered and paid. */
export function paid(sim: Simulator): number[] {
  const ids = new Set(sim.ledger.requests.map(({ custom_id }) => custom_id));
  return [...ids].map((id) => sim.ledger.answered(id));
}

export function uploads(sim: Simulator): number {
  return sim.ledger.calls.filter(({ method, path }) =>
    method === "POST" && path === "/v1/files"
  ).length;
}
