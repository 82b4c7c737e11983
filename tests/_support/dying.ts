/** A process that dies at a chosen call. */

import { type Clock, OpenAIBatch } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";
import { intercept, type PassingCall } from "./servers.ts";

/** What everything ends with in a process that has died. */
export class DeadProcess extends Error {}

/** A client that dies at a call, before or after it took effect, and makes no other after it. */
export function dyingClient(
  sim: Simulator,
  when: "before" | "after",
  diesAt: (call: PassingCall) => boolean,
): OpenAIBatch {
  let isDead = false;
  const fetch = intercept(sim, async (call) => {
    isDead = diesAt(call);
    if (!isDead) return await call.send();
    if (when === "after") await call.send();
    throw new DeadProcess();
  });
  const apiKey = () => {
    if (isDead) throw new DeadProcess();
    return sim.options.apiKey;
  };
  const clock: Clock = {
    now: () => sim.clock.now(),
    sleep: (ms, signal) =>
      isDead ? Promise.reject(new DeadProcess()) : sim.clock.sleep(ms, signal),
  };
  const dying = { ...sim.options, fetch, apiKey, clock, maxRetries: 0 };
  return new OpenAIBatch(dying);
}
