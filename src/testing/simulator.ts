/**
 * The simulator: a whole OpenAI Files and Batches API behind one `fetch`.
 *
 * @module
 */

import { Api } from "./_api.ts";
import { FaultPlan } from "./_faults.ts";
import { createFetch } from "./_fetch.ts";
import { Random } from "./_random.ts";
import type {
  Ledger,
  Simulator,
  SimulatorClock,
  SimulatorOptions,
} from "./types.ts";
import type { Clock } from "../types/platform.ts";
import { VirtualClock } from "./virtual_clock.ts";
import { Webhooks } from "./_webhooks.ts";

const API_KEY = "sk-simulator";
const BASE_URL = "https://api.openai.com/v1";
const WEBHOOK_SECRET = "whsec_c2ltdWxhdG9yLXdlYmhvb2stc2VjcmV0";

/**
 * Makes an API of one's own: files, batches, the synchronous endpoints,
 * background responses and webhooks, with their statuses, validation errors, limits and failures, on a
 * clock on which a day of polling takes milliseconds.
 *
 * Everything left to chance comes from the seed: the same calls in the same
 * order of time give the same answers. Batches and background responses move
 * when a call is made (or a webhook is due), to where they would be by then.
 *
 * @param options What it answers, what it allows, and what goes wrong.
 * @returns The simulator.
 * @throws {TypeError} For an unknown kind of fault.
 * @throws {RangeError} For a share of faults outside 0 to 1.
 * @example A batch from upload to answer
 * ```ts
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const sim = createSimulator({ respond: ({ text }) => text.toUpperCase() });
 * const headers = { authorization: `Bearer ${sim.options.apiKey}` };
 * const call = async (path: string, init?: RequestInit) => {
 *   const url = sim.options.baseURL + path;
 *   return await (await sim.fetch(url, { headers, ...init })).json();
 * };
 *
 * const form = new FormData();
 * form.set("purpose", "batch");
 * form.set("file", new Blob([JSON.stringify({
 *   custom_id: "a",
 *   method: "POST",
 *   url: "/v1/chat/completions",
 *   body: { model: "gpt-4o-mini", messages: [{ role: "user", content: "hi" }] },
 * })]), "input.jsonl");
 * const file = await call("/files", { method: "POST", body: form });
 *
 * const created = await call("/batches", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     input_file_id: file.id,
 *     endpoint: "/v1/chat/completions",
 *     completion_window: "24h",
 *   }),
 * });
 * await sim.clock.advance(24 * 60 * 60 * 1000);
 * const batch = await call(`/batches/${created.id}`);
 * const line = await call(`/files/${batch.output_file_id}/content`);
 * console.log(line.response.body.choices[0].message.content); // HI
 * ```
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const clock = simulatorClock(options.clock ?? new VirtualClock());
  const hold = <T>(work: Promise<T>): Promise<T> =>
    clock instanceof VirtualClock ? clock.hold(work) : work;
  const random = new Random(`${options.seed ?? 1}`);
  const faults = new FaultPlan(options.faults ?? {});
  const webhookSecret = options.webhookSecret ?? WEBHOOK_SECRET;
  const api = new Api({
    faults,
    random,
    respond: options.respond,
    limits: options.limits ?? {},
    ended: (batch) => void webhooks.deliver("batch", batch),
    answered: (response) => void webhooks.deliver("response", response),
    scheduled: (thing) => webhooks.watch(thing),
  });
  const webhooks = new Webhooks({
    clock,
    secret: webhookSecret,
    random: random.fork("webhook"),
    advance: () => hold(api.advance(clock.now())),
    hold,
  });
  const fetch = createFetch({
    api,
    clock,
    hold,
    faults,
    random,
    apiKey: API_KEY,
  });
  return {
    fetch,
    clock,
    options: { apiKey: API_KEY, baseURL: BASE_URL, fetch, clock },
    ledger: ledgerOf(api),
    onWebhook: (handler) => {
      webhooks.listen(handler);
      const { batches, responses } = api;
      for (const thing of [...batches.active(), ...responses.active()]) {
        webhooks.watch(thing);
      }
    },
    webhookSecret,
  };
}

/** Any clock can wait; only a virtual one makes that quick. */
function simulatorClock(clock: Clock): SimulatorClock {
  if (clock instanceof VirtualClock) return clock;
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    advance: (ms) => clock.sleep(ms),
  };
}

function ledgerOf({ books, files, batches, responses }: Api): Ledger {
  return {
    get files() {
      return structuredClone(files.all());
    },
    get batches() {
      return structuredClone(batches.all());
    },
    get responses() {
      return structuredClone(responses.all());
    },
    get requests() {
      return books.requests();
    },
    get calls() {
      return structuredClone(books.calls);
    },
    answered: (id) => books.answered(id),
  };
}
