/** A job at one endpoint, through the simulator and through msw. */

import { http } from "msw";
import {
  type Endpoint,
  type Fetch,
  type JobOptions,
  OpenAIBatch,
  type Requests,
  type Run,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import type { Respond } from "../../src/testing/types.ts";
import { intercept } from "../_support/intercept.ts";

const CHAT = "/v1/chat/completions";

/** What one job sends and gets. */
export interface Case<E extends Endpoint> {
  options: JobOptions<E>;
  requests: Requests<NoInfer<E>>;
  /** The bodies as they are sent. */
  bodies: object[];
  /** What the server answers; the simulator's own answers else. */
  respond?: Respond;
  /** What lies between the client and the simulator. */
  between?: (sim: Simulator) => Fetch;
  /** What came of it. */
  check: (run: Run<E, undefined>) => void;
}

export function testEndpoint<E extends Endpoint = typeof CHAT>(
  name: string,
  one: Case<E>,
): void {
  const { requests, bodies, respond, check } = one;
  const between = one.between ?? ((sim: Simulator) => sim.fetch);
  const use = async (client: OpenAIBatch, sim: Simulator) => {
    const run = await client.run<E>(requests, {
      progress: false,
      ...one.options,
    });
    const sent = new Map(
      sim.ledger.requests.map(({ custom_id, body }) => [custom_id, body]),
    );
    assert.deepEqual(run.results.map(({ id }) => sent.get(id)), bodies);
    for (const result of run.succeeded) {
      assert.equal(result.outputs[0], result.output);
    }
    check(run);
  };

  test(`${name}, through the simulator`, options, async () => {
    const sim = createSimulator({ respond });
    const fetch = between(sim);
    await use(new OpenAIBatch({ ...sim.options, fetch }), sim);
  });

  test(`${name}, through the global fetch`, options, async (t) => {
    const { client, server, sim } = intercept(t, { respond });
    const fetch = between(sim);
    server.use(
      http.all(
        "https://api.openai.com/v1/*",
        ({ request }) => fetch(request),
      ),
    );
    await use(client, sim);
  });
}
