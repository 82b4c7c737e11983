/** How a result knows its lane. */

import { type Fetch, type Lane, OpenAIBatch } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { usageOf } from "./_usage.ts";

/** Answers with 1,000 tokens read and written, and names a tier. */
function inTier(service_tier: unknown) {
  return ({ url, model }: SimulatedRequest) => {
    const message = { role: "assistant", content: "4" };
    const usage = usageOf(1_000, 1_000);
    const isChat = url.endsWith("/chat/completions");
    const content = [{ type: "output_text", text: "4", annotations: [] }];
    return isChat
      ? {
        id: "chatcmpl-1",
        object: "chat.completion",
        model,
        choices: [{ index: 0, message, finish_reason: "stop" }],
        usage: {
          prompt_tokens: 1_000,
          completion_tokens: 1_000,
          total_tokens: 2_000,
        },
        service_tier,
      }
      : {
        id: "resp_1",
        object: "response",
        status: "completed",
        model,
        output: [{ ...message, type: "message", id: "msg_1", content }],
        usage,
        service_tier,
      };
  };
}

/** gpt-5 reads and writes 1,000 tokens. */
const COSTS: Record<string, number> = {
  batch: 0.005625,
  flex: 0.005625,
  standard: 0.01125,
  priority: 0.0225,
};

test(
  "a batch's answer costs the batch price, whatever tier it names",
  options,
  async () => {
    for (const tier of ["default", "flex", "priority", "scale", undefined]) {
      const sim = createSimulator({ respond: inTier(tier) });
      const run = await new OpenAIBatch(sim.options).run(["2 + 2"], {
        params: { model: "gpt-5", service_tier: "priority" },
        progress: false,
      });
      assert.equal(run.results[0]?.lane, "batch", tier);
      assert.equal(run.results[0]?.via, "batch");
      assert.equal(run.usage.models[0]?.lane, "batch");
      assert.equal(run.usage.cost, COSTS.batch, tier);
    }
  },
);

test(
  "a direct answer costs what the tier costs that it names",
  options,
  async () => {
    const tiers: [tier: unknown, lane: Lane][] = [
      ["default", "standard"],
      ["auto", "standard"],
      [undefined, "standard"],
      [null, "standard"],
      ["", "standard"],
      [7, "standard"],
      ["flex", "flex"],
      ["priority", "priority"],
      ["fast", "priority"],
      ["scale", "scale"],
    ];
    for (const [tier, lane] of tiers) {
      const sim = createSimulator({ respond: inTier(tier) });
      const stream = new OpenAIBatch(sim.options).direct(["2 + 2"], {
        params: { model: "gpt-5" },
        progress: false,
      });
      const { results, usage } = await stream.collect();
      assert.equal(results[0]?.lane, lane, `${tier}`);
      assert.equal(results[0]?.via, "direct");
      assert.equal(usage.models[0]?.lane, lane);
      assert.equal(usage.cost, COSTS[lane], `${tier}`);
    }
  },
);

test(
  "the tier that was asked for counts where the answer names none",
  options,
  async () => {
    for (const [told, lane] of [[undefined, "flex"], ["default", "standard"]]) {
      const sim = createSimulator({ respond: inTier(told) });
      const stream = new OpenAIBatch(sim.options).direct(["2 + 2"], {
        params: { model: "gpt-5", service_tier: "flex" },
        progress: false,
      });
      const { usage } = await stream.collect();
      assert.equal(usage.models[0]?.lane, lane);
    }
  },
);

test("a background answer costs what its window costs", options, async () => {
  for (
    const [window, cost] of [["8h", 0.00675], ["2h", 0.007875], [
      "24h",
      undefined,
    ]]
  ) {
    const sim = createSimulator({ respond: inTier("default") });
    // Of servers that answer at once all the same.
    const fetch: Fetch = async (input, init) => {
      const { model, input: text } = await new Response(init?.body).json();
      const body = JSON.stringify({ model, input: text });
      return await sim.fetch(input, { ...init, body });
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const stream = client.direct(["2 + 2"], {
      endpoint: "/v1/responses",
      params: {
        model: "gpt-5",
        background: true,
        background_options: { completion_window: window },
      } as object,
      progress: false,
    });
    const { results, usage } = await stream.collect();
    assert.equal(results[0]?.lane, window);
    assert.equal(usage.cost, cost, `${window}`);
  }
});

test("one model in two lanes has two rows", options, async () => {
  const sim = createSimulator({
    respond: (request) =>
      inTier(request.text.includes("1") ? "flex" : "default")(request),
  });
  const stream = new OpenAIBatch(sim.options).direct(["1", "2", "11"], {
    params: { model: "gpt-5" },
    concurrency: 1,
    progress: false,
  });
  const { usage } = await stream.collect();
  assert.deepEqual(
    usage.models.map(({ lane, requests, cost }) => [lane, requests, cost]),
    [["flex", 2, 0.01125], ["standard", 1, 0.01125]],
  );
  assert.equal(usage.saving, 0.01125);
});
