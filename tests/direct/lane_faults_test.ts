/**
 * Every lane on a server that breaks: nothing is lost, what is paid twice is
 * counted, and the money is right to the cent.
 *
 * @module
 */

import {
  costOf,
  type DirectLane,
  OpenAIBatch,
  type Usage,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, test } from "../_support/prelude.ts";

const options = { timeout: 120_000 };
const COUNT = 60;
const MODEL = "gpt-5";

const LANES: DirectLane[] = ["standard", "flex", "priority", "8h", "2h"];

/** What may befall any call, and what only these lanes know. */
const FAULTS = {
  "429": 0.03,
  "500": 0.03,
  "503": 0.03,
  html: 0.02,
  reset_before: 0.03,
  reset_after: 0.03,
  hang: 0.01,
  hang_after: 0.01,
  truncated: 0.03,
  resource_unavailable: 0.2,
  stays_queued: 0.03,
};

/** Each answer has the same tokens, so that answers can be counted in money. */
const USAGE: Usage = {
  input_tokens: 40_000,
  output_tokens: 20_000,
  total_tokens: 60_000,
};

function open(seed: number): Simulator {
  return createSimulator({
    seed,
    faults: FAULTS,
    respond: ({ body, text }) => ({
      object: "response",
      status: "completed",
      model: MODEL,
      output: [{
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: `${text} done` }],
      }],
      usage: USAGE,
      service_tier: body.service_tier ?? "default",
    }),
  });
}

/** How many answers the server has charged. */
function billed({ ledger }: Simulator, lane: DirectLane): number {
  return lane === "8h" || lane === "2h"
    ? ledger.responses.filter(({ isBilled }) => isBilled).length
    : ledger.requests.length;
}

const inputs = Array.from({ length: COUNT }, (_, i) => ({
  id: `r${i}`,
  content: `question ${i}`,
}));

for (const lane of LANES) {
  for (const seed of [1, 2, 3]) {
    test(
      `${lane} under faults: nothing is lost, and each cent is known (${seed})`,
      options,
      async () => {
        const sim = open(seed);
        const client = new OpenAIBatch(sim.options);
        const stream = client.direct(inputs, {
          endpoint: "/v1/responses",
          lane,
          job: lane === "8h" ? "night" : undefined,
          params: { model: MODEL },
          maxAttempts: 12,
          concurrency: 8,
          progress: false,
        });
        const { results, usage, values } = await stream.collect();
        assert.deepEqual(
          values(),
          inputs.map(({ content }) => `${content} done`),
        );
        assert.deepEqual(
          new Set(results.map(({ lane }) => lane)),
          new Set([lane]),
        );

        const [row] = usage.models;
        assert.equal(usage.models.length, 1);
        assert.equal(row?.lane, lane);
        // Only answers that came are in the usage: each once, to the cent.
        assert.equal(row.requests, COUNT);
        const cost = COUNT * costOf(USAGE, MODEL, { lane })!;
        assert.equal(usage.cost!.toFixed(2), cost.toFixed(2));
        assert.ok(cost > 5);

        // What the server has charged beyond that was asked in an attempt that got no answer.
        const unseen = billed(sim, lane) - COUNT;
        const extra = results.reduce(
          (sum, { attempts }) => sum + attempts - 1,
          0,
        );
        assert.ok(unseen >= 0 && unseen <= extra, `${unseen} of ${extra}`);
        if (lane === "8h" || lane === "2h") {
          assert.ok(unseen <= stream.possiblyPaid, `${unseen}`);
          const unknown = sim.ledger.responses.filter(({ status }) =>
            status === "queued" || status === "in_progress"
          );
          assert.ok(unknown.length <= stream.possiblyPaid);
        }
      },
    );
  }
}

test(
  "an answer that was not good enough is paid, and in the usage",
  options,
  async () => {
    for (const lane of LANES) {
      const sim = createSimulator();
      const run = await new OpenAIBatch(sim.options).direct(inputs, {
        endpoint: "/v1/responses",
        lane,
        params: { model: MODEL },
        retry: ({ attempts }) => attempts === 1,
        progress: false,
      }).collect();
      assert.equal(run.usage.models[0]?.requests, 2 * COUNT, lane);
      assert.equal(billed(sim, lane), 2 * COUNT, lane);
    }
  },
);
