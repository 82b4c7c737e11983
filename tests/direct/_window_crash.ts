/** Processes that die while they ask in a background window. */

import {
  type DirectOptions,
  type Fetch,
  OpenAIBatch,
  type Result,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";

const SECOND = 1_000;

const CREATE = /\/responses$/;

/** What every process asks for. */
export const asked: DirectOptions<"/v1/responses"> & { job: string } = {
  endpoint: "/v1/responses",
  lane: "8h",
  job: "night",
  params: { model: "gpt-5" },
  progress: false,
};

export function open(
  simulator: SimulatorOptions = {},
): { sim: Simulator; client: OpenAIBatch } {
  const sim = createSimulator(simulator);
  return { sim, client: new OpenAIBatch(sim.options) };
}

/** Creates that take half a second each, so that 20 of them take 10 s. */
export function slowCreates({ clock, fetch }: Simulator): Fetch {
  return async (input, init) => {
    const isCreate = init?.method === "POST" && CREATE.test(String(input));
    if (isCreate) await clock.sleep(SECOND / 2);
    return await fetch(input, init);
  };
}

/** When a process dies: so many ms after its nth call of a kind has had its effect. */
export interface Death {
  method?: string;
  path?: RegExp;
  nth: number;
  after?: number;
}

/** A process that dies: from then on no call of it gets out, and no timer ends. */
export function mortal(
  sim: Simulator,
  death: Death,
  send: Fetch = sim.fetch,
): { client: OpenAIBatch; dead: Promise<void> } {
  const { method = "POST", path = CREATE, nth, after = 0 } = death;
  let isDead = false;
  let left = nth;
  const { promise: dead, resolve } = Promise.withResolvers<void>();
  const never = () => new Promise<never>(() => {});
  const die = async () => {
    if (after > 0) await sim.clock.sleep(after);
    isDead = true;
    await sim.clock.advance(SECOND); // what was under way takes effect
    resolve();
  };
  const fetch: typeof sim.fetch = async (input, init) => {
    if (isDead) return await never();
    const response = await send(input, { ...init, signal: null });
    const isIt = (init?.method ?? "GET") === method &&
      path.test(String(input));
    if (isIt && --left === 0) void die();
    return isDead ? await never() : response;
  };
  const clock: typeof sim.clock = {
    now: () => sim.clock.now(),
    sleep: (ms, signal) => isDead ? never() : sim.clock.sleep(ms, signal),
    advance: (ms) => sim.clock.advance(ms),
  };
  return { client: new OpenAIBatch({ ...sim.options, fetch, clock }), dead };
}

export function read(stream: AsyncIterable<Result<"/v1/responses">>): void {
  void (async () => {
    for await (const _ of stream);
  })().catch(() => {});
}

/** Responses of the same request. */
export function twice({ ledger }: Simulator): number {
  const inputs = ledger.responses.map(({ body }) => JSON.stringify(body));
  return inputs.length - new Set(inputs).size;
}

/** Runs requests in a process until it dies. */
export async function runUntilDeath(
  sim: Simulator,
  death: Death,
  requests: Parameters<OpenAIBatch["direct"]>[0],
  more: Partial<DirectOptions<"/v1/responses">> = {},
  send: Fetch = sim.fetch,
): Promise<void> {
  const { client, dead } = mortal(sim, death, send);
  read(client.direct(requests as string[], { ...asked, ...more }));
  await dead;
}
