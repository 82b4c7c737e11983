/**
 * Real SDKs, over real sockets: the same program with the plain `fetch` and
 * with batches.
 *
 * @module
 */

import { once } from "node:events";
import {
  type BatchFetch,
  type BatchFetchOptions,
  createBatchFetch,
} from "@offpeak/openai-batch/fetch";
import type { Respond, Simulator } from "@offpeak/openai-batch/testing";
import { assert, test, type TestContext } from "../_support/prelude.ts";
import { forward, serve } from "../_support/loopback.ts";
import { model } from "../_support/model.ts";
import {
  type Connection,
  PROGRAMS,
  SINGLE_CALLS,
} from "../_support/programs.ts";
import { createWire, holdFetch } from "../_support/wire.ts";

const options = { timeout: 120_000 };

interface Server {
  sim: Simulator;
  plain: Connection;
  /** A process that begins now. */
  start(more?: Partial<BatchFetchOptions>): Connection & { fetch: BatchFetch };
}

async function connect(
  t: TestContext,
  respond: Respond = model,
): Promise<Server> {
  const { sim, clock } = createWire({ respond });
  const origin = await serve(
    t,
    (request, response) => void forward(request, response, sim.fetch),
  );
  const { apiKey } = sim.options;
  const baseURL = `${origin}/v1`;
  const plain = { apiKey, baseURL, fetch: globalThis.fetch };
  t.after(holdFetch(clock));
  return {
    sim,
    plain,
    start: (more) => ({
      apiKey,
      baseURL,
      fetch: createBatchFetch({ job: "night", clock, ...more }),
    }),
  };
}

for (const [name, { run, batches }] of Object.entries(PROGRAMS)) {
  test(
    `${name} gets from batches what it gets directly, also when it is run again`,
    options,
    async (t) => {
      const { sim, plain, start } = await connect(t);
      const expected = await run(plain);
      const directly = sim.ledger.requests.length;
      assert.deepEqual(await run(start()), expected);
      assert.equal(sim.ledger.batches.length, batches);
      const again = start();
      assert.deepEqual(await run(again), expected);
      assert.equal(again.fetch.stats.sent, 0);
      assert.equal(sim.ledger.requests.length, 2 * directly);
    },
  );
}

/** What a call may end with. */
const ERRORS: Record<string, object> = {
  ...Object.fromEntries(
    [400, 401, 402, 403, 404, 422, 429, 500, 503].map((status) => [
      `a ${status}`,
      { status, body: { error: { code: "odd", message: "odd" } } },
    ]),
  ),
  "no credit": {
    status: 429,
    body: { error: { code: "insufficient_quota", message: "no" } },
  },
  "a timeout": { error: "request_timeout" },
};

for (const [sdk, call] of Object.entries(SINGLE_CALLS)) {
  for (const [name, answer] of Object.entries(ERRORS)) {
    test(`${sdk} makes one call for ${name}`, options, async (t) => {
      const { start } = await connect(t, () => answer);
      const connection = start({ maxAttempts: 1 });
      await assert.rejects(call(connection));
      assert.equal(connection.fetch.stats.collected, 1);
      assert.equal(connection.fetch.stats.failed, 1);
    });
  }

  test(
    `${sdk} makes one call for an answer that is not there yet`,
    options,
    async (t) => {
      const { start } = await connect(t);
      const connection = start({ pending: "respond" });
      await assert.rejects(call(connection));
      assert.equal(connection.fetch.stats.collected, 1);
      await connection.fetch.flush();
    },
  );

  test(
    `${sdk} takes an answer that comes after its own time limit`,
    options,
    async (t) => {
      const { start } = await connect(t);
      const { fetch, ...rest } = start();
      let limits = 0;
      const late: typeof globalThis.fetch = async (input, init) => {
        const response = await fetch(input as string, init);
        const signal = init?.signal as AbortSignal;
        if (!signal.aborted) await once(signal, "abort");
        limits++;
        return response;
      };
      assert.equal(await call({ ...rest, fetch: late }, 50), "HELLO");
      assert.equal(limits, 1);
    },
  );
}
