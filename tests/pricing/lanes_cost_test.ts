/** What tokens cost lane by lane, each case worked out by hand. */

import { costOf, type Usage } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { UsageCounter } from "../../src/pricing/mod.ts";
import { usageOf } from "./_usage.ts";

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
  ["priority is not a round multiple", "gpt-4o-mini", usageOf(M, M, cached), {
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
