/** What these tests share. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";

export function open(
  simulator: SimulatorOptions = {},
): { sim: Simulator; client: OpenAIBatch } {
  const sim = createSimulator(simulator);
  return { sim, client: new OpenAIBatch(sim.options) };
}

/** The tiers that were asked for, in order. */
export function tiersOf({ ledger }: Simulator): unknown[] {
  return ledger.requests.map(({ body }) => body.service_tier);
}
