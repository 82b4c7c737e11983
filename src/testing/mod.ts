/**
 * The simulator: the OpenAI Files and Batches API and the synchronous endpoints
 * behind one `fetch`, on a clock on which a day of polling takes milliseconds. For
 * testing programs that use the Batch API.
 *
 * ```ts
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const sim = createSimulator({ respond: ({ text }) => text.toUpperCase() });
 * const response = await sim.fetch(`${sim.options.baseURL}/chat/completions`, {
 *   method: "POST",
 *   headers: { authorization: `Bearer ${sim.options.apiKey}` },
 *   body: JSON.stringify({
 *     model: "gpt-4o-mini",
 *     messages: [{ role: "user", content: "hi" }],
 *   }),
 * });
 * const body = await response.json();
 * console.log(body.choices[0].message.content); // HI
 * console.log(sim.ledger.calls); // [{ method: "POST", path: "/v1/chat/completions", status: 200 }]
 * ```
 *
 * @module
 */

export { createSimulator } from "./simulator.ts";
export { VirtualClock } from "./virtual_clock.ts";
export type {
  Faults,
  Ledger,
  Limits,
  Respond,
  SimulatedAnswer,
  SimulatedCall,
  SimulatedRequest,
  SimulatedResponse,
  Simulator,
  SimulatorClock,
  SimulatorOptions,
} from "./types.ts";
export type { Batch, BatchStatus, FileObject, Usage } from "../types/batch.ts";
export type { Clock, Fetch, MaybePromise, Open } from "../types/platform.ts";
