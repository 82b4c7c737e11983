/** What tokens cost lane by lane, each case worked out by hand; and how a result knows its lane. */

import {
  costOf,
  type Fetch,
  type Lane,
  OpenAIBatch,
  type Price,
  priceOf,
  type Usage,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { readUsage, UsageCounter } from "../../src/pricing/mod.ts";

type Details = Partial<
  & NonNullable<Usage["input_tokens_details"]>
  & { written_images: number; written_audio: number }
>;

function usageOf(input: number, output: number, details: Details = {}): Usage {
  const { written_images, written_audio, ...read } = details;
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    input_tokens_details: { cached_tokens: 0, ...read },
    output_tokens_details: {
      reasoning_tokens: 0,
      ...(written_images === undefined ? {} : { image_tokens: written_images }),
      ...(written_audio === undefined ? {} : { audio_tokens: written_audio }),
    },
  };
}

/** In millions of tokens: 1 × 5 is 1,000,000 tokens at $5. */
const M = 1e6;
const cached = { cached_tokens: 100_000 };
const written = { cache_write_tokens: 100_000 };
const kept = {
  cache_write_tokens: 100_000,
  cache_write_tokens_details: { ttl_12h_tokens: 40_000 },
};
const pictures = { image_tokens: 600_000 };
const cachedPictures = {
  image_tokens: 600_000,
  cached_tokens: 300_000,
  cached_tokens_details: { image_tokens: 200_000 },
};

const CASES: [
  rule: string,
  model: string,
  usage: Usage,
  costs: Record<string, number | undefined>,
][] = [
  ["gpt-5 has every lane but ultrafast", "gpt-5", usageOf(M, M), {
    batch: 0.625 + 5,
    "8h": (1.25 + 10) * 0.6,
    "2h": (1.25 + 10) * 0.7,
    flex: 0.625 + 5,
    standard: 1.25 + 10,
    priority: 2.5 + 20,
    ultrafast: undefined,
  }],
  ["ultrafast costs six times as much", "gpt-6-astra", usageOf(200_000, M), {
    batch: 0.2 * 5 + 25,
    priority: 0.2 * 20 + 100,
    ultrafast: 0.2 * 60 + 300,
  }],
  [
    "gpt-5.4 doesn't cost the same in every tier",
    "gpt-5.4",
    usageOf(200_000, M),
    {
      batch: 0.2 * 1.25 + 7.5,
      flex: 0.2 * 1.25 + 7.5,
      standard: 0.2 * 2.5 + 15,
      priority: 0.2 * 5 + 30,
    },
  ],
  ["priority is no round multiple", "gpt-4o-mini", usageOf(M, M, cached), {
    standard: 0.9 * 0.15 + 0.1 * 0.075 + 0.6,
    priority: 0.9 * 0.25 + 0.1 * 0.125 + 1,
    flex: undefined,
  }],
  [
    "o3 has no cached price in a batch, but in flex",
    "o3",
    usageOf(M, 0, cached),
    {
      batch: 1,
      flex: 0.9 * 1 + 0.1 * 0.25,
      standard: 0.9 * 2 + 0.1 * 0.5,
      "8h": 0.6 * (0.9 * 2 + 0.1 * 0.5),
    },
  ],
  ["a cached price may be rounded", "gpt-5.4", usageOf(200_000, 0, cached), {
    batch: 0.1 * 1.25 + 0.1 * 0.13,
    "2h": 0.7 * (0.1 * 2.5 + 0.1 * 0.25),
    priority: 0.1 * 5 + 0.1 * 0.5,
  }],
  ["for long prompts it isn't", "gpt-5.4", usageOf(400_000, 0, cached), {
    batch: 0.3 * 2.5 + 0.1 * 0.25,
    flex: 0.3 * 2.5 + 0.1 * 0.25,
    standard: 0.3 * 5 + 0.1 * 0.5,
    priority: undefined,
  }],
  [
    "a long prompt costs 2 and 1.5 times as much",
    "gpt-6.1-sol",
    usageOf(M, M),
    {
      batch: 2 * 1 + 1.5 * 5,
      "8h": 0.6 * (2 * 2 + 1.5 * 10),
      "2h": 0.7 * (2 * 2 + 1.5 * 10),
      flex: 2 * 1 + 1.5 * 5,
      standard: 2 * 2 + 1.5 * 10,
      priority: 2 * 4 + 1.5 * 20,
      ultrafast: 2 * 12 + 1.5 * 60,
    },
  ],
  [
    "gpt-5.5-pro takes long prompts at the standard price",
    "gpt-5.5-pro",
    usageOf(M, M),
    {
      batch: undefined,
      flex: undefined,
      standard: 2 * 30 + 1.5 * 180,
      "8h": 0.6 * (2 * 30 + 1.5 * 180),
    },
  ],
  [
    "gpt-6.2 has long prompts and cached input too",
    "gpt-6.2-sol",
    usageOf(M, 0, cached),
    {
      batch: 2 * (0.9 * 1 + 0.1 * 0.05),
      standard: 2 * (0.9 * 2 + 0.1 * 0.1),
      flex: undefined,
    },
  ],
  [
    "a cache write costs 1.25 times as much",
    "gpt-6.1-terra",
    usageOf(200_000, 0, written),
    {
      batch: 0.1 * 0.5 + 0.1 * 0.625,
      standard: 0.1 * 1 + 0.1 * 1.25,
      priority: 0.1 * 2 + 0.1 * 2.5,
    },
  ],
  ["one for 12 hours 2.5 times", "gpt-6-sol", usageOf(200_000, 0, kept), {
    batch: 0.1 * 1 + 0.06 * 1.25 + 0.04 * 2.5,
    flex: 0.1 * 1 + 0.06 * 1.25 + 0.04 * 2.5,
    standard: 0.1 * 2 + 0.06 * 2.5 + 0.04 * 5,
    "8h": 0.6 * (0.1 * 2 + 0.06 * 2.5 + 0.04 * 5),
  }],
  ["of a long prompt twice that", "gpt-6-sol", usageOf(400_000, 0, kept), {
    batch: 2 * (0.3 * 1 + 0.06 * 1.25 + 0.04 * 2.5),
    priority: 2 * (0.3 * 4 + 0.06 * 5 + 0.04 * 10),
  }],
  [
    "before gpt-5.6 it costs nothing more",
    "gpt-5.5",
    usageOf(200_000, 0, kept),
    {
      batch: 0.2 * 2.5,
    },
  ],
  ["an image model writes images", "gpt-image-2", usageOf(M, M, pictures), {
    batch: 0.4 * 2.5 + 0.6 * 4 + 15,
    standard: 0.4 * 5 + 0.6 * 8 + 30,
    "8h": 0.6 * (0.4 * 5 + 0.6 * 8 + 30),
    flex: undefined,
  }],
  [
    "and text where it says so",
    "gpt-image-1.5",
    usageOf(0, M, { written_images: 700_000 }),
    {
      batch: 0.3 * 5 + 0.7 * 16,
      standard: 0.3 * 10 + 0.7 * 32,
    },
  ],
  [
    "for which not every one has a price",
    "gpt-image-1",
    usageOf(0, M, { written_images: 0 }),
    {
      batch: undefined,
      standard: undefined,
    },
  ],
  [
    "cached images have a price of their own",
    "chatgpt-image-latest",
    usageOf(M, 0, cachedPictures),
    {
      standard: 0.3 * 5 + 0.1 * 1.25 + 0.4 * 8 + 0.2 * 2,
      batch: undefined,
    },
  ],
  [
    "if they are told apart",
    "gpt-image-2",
    usageOf(M, 0, {
      ...pictures,
      cached_tokens: 300_000,
    }),
    { standard: undefined },
  ],
  [
    "gpt-image-1 has no published batch price for images",
    "gpt-image-1",
    usageOf(M, M),
    {
      batch: undefined,
      standard: 5 + 40,
    },
  ],
  [
    "pictures that a chat model reads cost what text costs",
    "gpt-4o",
    usageOf(M, 0, pictures),
    {
      batch: 1.25,
      standard: 2.5,
    },
  ],
  [
    "audio has prices of its own",
    "gpt-audio-mini",
    usageOf(M, M, {
      audio_tokens: 250_000,
      written_audio: 500_000,
    }),
    {
      standard: 0.75 * 0.6 + 0.25 * 10 + 0.5 * 2.4 + 0.5 * 20,
      "2h": 0.7 * (0.75 * 0.6 + 0.25 * 10 + 0.5 * 2.4 + 0.5 * 20),
      batch: undefined,
    },
  ],
  [
    "a dated name too",
    "gpt-4o-audio-preview-2025-06-03",
    usageOf(M, 0, { audio_tokens: M }),
    {
      standard: 40,
    },
  ],
  ["a model without a batch price has windows", "gpt-5-codex", usageOf(M, M), {
    batch: undefined,
    "8h": 0.6 * 11.25,
    standard: 11.25,
  }],
  ["moderation is free in a batch", "omni-moderation-latest", usageOf(M, 0), {
    batch: 0,
    standard: 0,
  }],
  ["an unknown lane has no cost", "gpt-5", usageOf(M, M), {
    scale: undefined,
    "24h": undefined,
    "": undefined,
    constructor: undefined,
    direct: undefined,
  }],
  ["an unknown model has none in any", "gpt-7", usageOf(M, M), {
    batch: undefined,
    standard: undefined,
    "8h": undefined,
  }],
];

for (const [rule, model, usage, costs] of CASES) {
  test(`cost by lane: ${rule}`, options, () => {
    for (const [lane, expected] of Object.entries(costs)) {
      const cost = costOf(usage, model, { lane });
      const wanted = expected && Number(expected.toFixed(9));
      assert.equal(cost && Number(cost.toFixed(9)), wanted, lane);

      const counter = new UsageCounter();
      counter.add({ model, lane, usage });
      const report = counter.report();
      assert.equal(report.cost, cost, lane);
      assert.equal(report.models[0]?.lane, lane);
      const standard = costOf(usage, model, { lane: "standard" });
      assert.equal(report.standardCost, standard, lane);
    }
  });
}

test("amounts are numbers without noise", options, () => {
  const usage = usageOf(119, 55);
  assert.equal(costOf(usage, "gpt-4o-mini"), 0.000025425);
  assert.equal(costOf(usageOf(100, 60), "gpt-4o-mini"), 0.0000255);
  assert.equal(costOf(usage, "gpt-5.5", { lane: "8h" }), 0.001347);

  const counter = new UsageCounter();
  for (let i = 0; i < 10; i++) {
    counter.add({ model: "gpt-4o-mini", lane: "batch", usage: usageOf(1, 1) });
    counter.add({ model: "gpt-4o", lane: "batch", usage: usageOf(3, 7) });
  }
  const { cost, standardCost, saving, models } = counter.report();
  assert.deepEqual([cost, standardCost, saving], [
    0.00039125, // 10 × (0.075 + 0.3) + 10 × (3 × 1.25 + 7 × 5), per million
    0.0007825,
    0.00039125,
  ]);
  assert.deepEqual(models.map((row) => row.cost), [0.00000375, 0.0003875]);
});

test(
  "a saving is negative where a lane costs more than standard",
  options,
  () => {
    const counter = new UsageCounter();
    counter.add({ model: "gpt-5", lane: "priority", usage: usageOf(M, 0) });
    counter.add({ model: "gpt-5", lane: "batch", usage: usageOf(M, 0) });
    const { saving, models } = counter.report();
    assert.deepEqual(models.map((row) => row.saving), [-1.25, 0.625]);
    assert.equal(saving, -0.625);
  },
);

test("one lane without a price leaves the total without one", options, () => {
  const counter = new UsageCounter();
  counter.add({ model: "gpt-5", lane: "scale", usage: usageOf(M, 0) });
  counter.add({ model: "gpt-5", lane: "batch", usage: usageOf(M, 0) });
  const { cost, standardCost, saving, input_tokens } = counter.report();
  assert.deepEqual([cost, standardCost, saving], [undefined, 2.5, undefined]);
  assert.equal(input_tokens, 2 * M);
});

test(
  "a server that invents a name for each answer fills 1,001 rows at most",
  options,
  () => {
    const counter = new UsageCounter();
    for (let i = 0; i < 3_000; i++) {
      const invented = i % 2
        ? { model: `model-${i}`, lane: "standard" }
        : { model: "gpt-5", lane: `tier-${i}` };
      counter.add({ ...invented, usage: usageOf(1, 1) });
    }
    const { models, input_tokens, cost } = counter.report();
    assert.equal(models.length, 1_001);
    assert.equal(models.at(-1)?.model, "others");
    assert.equal(models.at(-1)?.requests, 2_000);
    assert.equal(input_tokens, 3_000);
    assert.equal(cost, undefined);
  },
);

test(
  "an image model's answers add up, whether or not they tell images apart",
  options,
  () => {
    const counter = new UsageCounter();
    const model = "gpt-image-1.5";
    counter.add({ model, lane: "standard", usage: usageOf(0, 1_000) });
    counter.add({
      model,
      lane: "standard",
      usage: usageOf(0, 1_000, { written_images: 400 }),
    });
    assert.equal(counter.report().cost, 0.0508); // 1,400 at 32 and 600 at 10
  },
);

test(
  "own prices have the windows, and the lanes that they name",
  options,
  () => {
    const prices: Record<string, Price> = {
      ours: {
        input: 2,
        cachedInput: 1,
        output: 4,
        lanes: {
          flex: { input: 1, output: 3 },
          "2h": { input: 1.9, cachedInput: 0.9, output: 3.9 },
        },
      },
    };
    const cost = (lane: Lane) =>
      costOf(usageOf(M, M, { cached_tokens: 500_000 }), "ours", {
        lane,
        prices,
      });
    assert.equal(cost("batch"), 1 + 2);
    assert.equal(cost("standard"), 0.5 * 2 + 0.5 * 1 + 4);
    assert.equal(cost("8h"), 3.3);
    assert.equal(cost("2h"), 5.3); // 0.5 × 1.9 + 0.5 × 0.9 + 3.9
    assert.equal(cost("flex"), 4);
    assert.equal(cost("priority"), undefined);
  },
);

test("own prices with wrong lanes are refused", options, () => {
  const refused: [unknown, RegExp][] = [
    [3, /"ours" must have an object as its "lanes"/],
    [{ slow: { input: 1, output: 1 } }, /has the unknown lane "slow"/],
    [{ batch: { input: 1, output: 1 } }, /has the unknown lane "batch"/],
    [{ flex: null }, /must have a price as its lane "flex"/],
    [{ flex: { input: 1 } }, /of 0 or more as its "lanes.flex.output"/],
    [
      { flex: { input: 1, output: 1, batchInput: 1 } },
      /unknown field "lanes.flex.batchInput"/,
    ],
  ];
  for (const [lanes, message] of refused) {
    const price = { input: 1, output: 1, lanes } as Price;
    assert.throws(
      () => new OpenAIBatch({ apiKey: "none", prices: { ours: price } }),
      { name: "TypeError", message },
    );
  }
});

test(
  "the price of an image model is that of its text and its images",
  options,
  () => {
    assert.deepEqual(priceOf("gpt-image-2"), {
      input: 5,
      cachedInput: 1.25,
      output: 30,
      batchInput: 2.5,
      batchCachedInput: 0.625,
      batchOutput: 15,
    });
  },
);

test("the details of a usage are read that have a price", options, () => {
  const usage = {
    input_tokens: 90,
    input_tokens_details: {
      cached_tokens: 10,
      cached_tokens_details: { image_tokens: 4, text_tokens: 6 },
      cache_write_tokens: 20,
      cache_write_tokens_details: { ttl_30m_tokens: 5, ttl_12h_tokens: 15 },
      image_tokens: 30,
      text_tokens: 60,
      audio_tokens: 0,
    },
    output_tokens: 12,
    output_tokens_details: { image_tokens: 12, text_tokens: 0 },
    total_tokens: 102,
  };
  assert.deepEqual(readUsage({ usage }), {
    input_tokens: 90,
    input_tokens_details: {
      cached_tokens: 10,
      cached_tokens_details: { image_tokens: 4 },
      cache_write_tokens: 20,
      cache_write_tokens_details: { ttl_30m_tokens: 5, ttl_12h_tokens: 15 },
      image_tokens: 30,
    },
    output_tokens: 12,
    output_tokens_details: { reasoning_tokens: 0, image_tokens: 12 },
    total_tokens: 102,
  });
});

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
