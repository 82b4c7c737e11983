/** What tokens cost, rule by rule, each case worked out by hand. */

import {
  costOf,
  OpenAIBatch,
  type Price,
  type Usage,
} from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { UsageCounter } from "../../src/pricing/mod.ts";

interface Tokens {
  input: number;
  output?: number;
  cached?: number;
  written?: number;
  reasoning?: number;
}

function usageOf({ input, output = 0, cached, written, reasoning }: Tokens) {
  const usage: Usage = {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
  };
  if ((cached ?? written) !== undefined) {
    usage.input_tokens_details = { cached_tokens: cached ?? 0 };
    if (written !== undefined) {
      usage.input_tokens_details.cache_write_tokens = written;
    }
  }
  if (reasoning !== undefined) {
    usage.output_tokens_details = { reasoning_tokens: reasoning };
  }
  return usage;
}

/** To the millionth of a cent: the sums below are written for people. */
function equal(actual: number | undefined, expected: number | undefined) {
  if (actual === undefined || expected === undefined) {
    assert.equal(actual, expected);
  } else assert.ok(Math.abs(actual - expected) < 1e-8, `${actual}`);
}

/** USD: in a batch, and asked directly. */
const CASES: [
  rule: string,
  model: string,
  tokens: Tokens,
  batch: number | undefined,
  direct: number | undefined,
][] = [
  [
    "a batch costs half",
    "gpt-4o-mini",
    { input: 2e6, output: 1e6 },
    2 * 0.075 + 1 * 0.3,
    2 * 0.15 + 1 * 0.6,
  ],
  [
    "a dated name has the prices of its family",
    "gpt-4o-mini-2024-07-18",
    { input: 2e6, output: 1e6 },
    2 * 0.075 + 1 * 0.3,
    2 * 0.15 + 1 * 0.6,
  ],
  [
    "cached tokens cost as much as others in a batch of gpt-4o",
    "gpt-4o",
    { input: 1e6, cached: 400_000, output: 1e6 },
    1 * 1.25 + 1 * 5,
    0.6 * 2.5 + 0.4 * 1.25 + 1 * 10,
  ],
  [
    "nor in one of gpt-4.1",
    "gpt-4.1",
    { input: 1e6, cached: 1e6 },
    1,
    0.5,
  ],
  ["nor in one of the o-series", "o3", { input: 1e6, cached: 1e6 }, 1, 0.5],
  [
    "cached tokens are cheaper in a batch of gpt-5",
    "gpt-5",
    { input: 1e6, cached: 400_000, output: 1e6 },
    0.6 * 0.625 + 0.4 * 0.0625 + 1 * 5,
    0.6 * 1.25 + 0.4 * 0.125 + 1 * 10,
  ],
  [
    "the batch price of cached tokens is the published one, not a half",
    "gpt-5.4",
    { input: 200_000, cached: 100_000 },
    0.1 * 1.25 + 0.1 * 0.13,
    0.1 * 2.5 + 0.1 * 0.25,
  ],
  [
    "reasoning tokens are paid once, as output",
    "o4-mini",
    { input: 0, output: 1e6, reasoning: 900_000 },
    2.2,
    4.4,
  ],
  [
    "gpt-3.5-turbo-1106 has no discount",
    "gpt-3.5-turbo-1106",
    { input: 1e6, output: 1e6 },
    1 + 2,
    1 + 2,
  ],
  [
    "a model that is not in the batch table has no batch price",
    "gpt-3.5-turbo-instruct",
    { input: 1e6, output: 1e6 },
    undefined,
    1.5 + 2,
  ],
  [
    "an embedding has no output",
    "text-embedding-3-large",
    { input: 2e6 },
    2 * 0.065,
    2 * 0.13,
  ],
  ["moderation is free", "omni-moderation-latest", { input: 1e6 }, 0, 0],
  ["a snapshot of it too", "omni-moderation-2024-09-26", { input: 1e6 }, 0, 0],
  ["and its older model", "text-moderation-007", { input: 1e6 }, 0, 0],
  [
    "written to the cache, a token costs 1.25 times as much",
    "gpt-6-astra",
    { input: 200_000, written: 100_000 },
    0.1 * 5 + 0.1 * 6.25,
    0.1 * 10 + 0.1 * 12.5,
  ],
  [
    "read, written and other tokens add up to the input",
    "gpt-5.6-sol",
    { input: 200_000, cached: 100_000, written: 60_000, output: 10_000 },
    0.04 * 2 + 0.1 * 0.2 + 0.06 * 2 * 1.25 + 0.01 * 10,
    0.04 * 4 + 0.1 * 0.4 + 0.06 * 4 * 1.25 + 0.01 * 20,
  ],
  [
    "before gpt-5.6, writing to the cache costs nothing more",
    "gpt-5.5",
    { input: 200_000, written: 100_000 },
    0.2 * 2.5,
    0.2 * 5,
  ],
  [
    "more read and written than there was counts as all of it",
    "gpt-6-sol",
    { input: 100_000, cached: 80_000, written: 80_000 },
    0.08 * 0.1 + 0.02 * 1 * 1.25,
    0.08 * 0.2 + 0.02 * 2 * 1.25,
  ],
  [
    "272,000 input tokens are not long",
    "gpt-5.5",
    { input: 272_000, output: 1_000 },
    0.272 * 2.5 + 0.001 * 15,
    0.272 * 5 + 0.001 * 30,
  ],
  [
    "one more makes the whole request cost 2 and 1.5 times as much",
    "gpt-5.5",
    { input: 272_001, output: 1_000 },
    2 * 0.272001 * 2.5 + 1.5 * 0.001 * 15,
    2 * 0.272001 * 5 + 1.5 * 0.001 * 30,
  ],
  [
    "a snapshot of such a model too",
    "gpt-5.4-2026-03-05",
    { input: 300_000, output: 10_000 },
    2 * 0.3 * 1.25 + 1.5 * 0.01 * 7.5,
    2 * 0.3 * 2.5 + 1.5 * 0.01 * 15,
  ],
  [
    "tokens read from and written to the cache cost twice as well",
    "gpt-6-astra",
    { input: 400_000, cached: 100_000, written: 100_000, output: 10_000 },
    2 * (0.2 * 5 + 0.1 * 0.5 + 0.1 * 6.25) + 1.5 * 0.01 * 25,
    2 * (0.2 * 10 + 0.1 * 1 + 0.1 * 12.5) + 1.5 * 0.01 * 50,
  ],
  [
    "gpt-5.5-pro has no price for that in a batch",
    "gpt-5.5-pro",
    { input: 300_000, output: 10_000 },
    undefined,
    2 * 0.3 * 30 + 1.5 * 0.01 * 180,
  ],
  [
    "a model without long-context prices has none",
    "gpt-4.1",
    { input: 900_000, output: 10_000 },
    0.9 * 1 + 0.01 * 4,
    0.9 * 2 + 0.01 * 8,
  ],
  [
    "a model that nobody knows has no cost",
    "gpt-7",
    { input: 1 },
    undefined,
    undefined,
  ],
];

for (const [rule, model, tokens, batch, direct] of CASES) {
  test(`money: ${rule}`, options, () => {
    const usage = usageOf(tokens);
    equal(costOf(usage, model), batch);
    equal(costOf(usage, model, { lane: "standard" }), direct);

    const counter = new UsageCounter();
    counter.add({ model, lane: "batch", usage });
    const report = counter.report();
    equal(report.cost, batch);
    equal(report.standardCost, direct);
    equal(report.saving, batch === undefined ? undefined : direct! - batch);
  });
}

test(
  "money: a long prompt is one of a request, not of a sum",
  options,
  () => {
    const counter = new UsageCounter();
    const short = usageOf({ input: 200_000, output: 1_000 });
    const long = usageOf({ input: 300_000, output: 1_000 });
    for (const usage of [short, short, long]) {
      counter.add({ model: "gpt-5.5", lane: "batch", usage });
    }
    const { cost, standardCost, models } = counter.report();
    // 2 × 200,000 at 2.5 and 1 × 300,000 at 5; 2 × 1,000 at 15, 1,000 at 22.5
    equal(cost, 0.4 * 2.5 + 0.3 * 5 + 0.002 * 15 + 0.001 * 22.5);
    equal(standardCost, 0.4 * 5 + 0.3 * 10 + 0.002 * 30 + 0.001 * 45);
    assert.equal(models.length, 1);
    assert.equal(models[0]!.requests, 3);
    assert.equal(models[0]!.input_tokens, 700_000);
  },
);

test("money: batch and direct are rows of their own", options, () => {
  const counter = new UsageCounter();
  const usage = usageOf({
    input: 1e6,
    cached: 400_000,
    output: 1e6,
    reasoning: 300_000,
  });
  counter.add({ model: "gpt-5", lane: "batch", usage });
  counter.add({ model: "gpt-5", lane: "standard", usage });
  const report = counter.report();
  assert.deepEqual(
    report.models.map(({ lane, input_tokens_details: read }) => [lane, read]),
    [["batch", { cached_tokens: 400_000 }], ["standard", {
      cached_tokens: 400_000,
    }]],
  );
  assert.deepEqual(report.output_tokens_details, { reasoning_tokens: 600_000 });
  equal(report.models[0]!.cost, 5.4); // 0.6 × 0.625 + 0.4 × 0.0625 + 5
  equal(report.models[1]!.cost, 10.8); // 0.6 × 1.25 + 0.4 × 0.125 + 10
  equal(report.models[1]!.saving, 0);
  equal(report.cost, 5.4 + 10.8);
  equal(report.standardCost, 2 * 10.8);
  equal(report.saving, 5.4);
});

test("money: tokens written to the cache are added up", options, () => {
  const counter = new UsageCounter();
  for (const tokens of [{ input: 9, written: 3 }, { input: 9, cached: 2 }]) {
    counter.add({ model: "gpt-6-sol", lane: "batch", usage: usageOf(tokens) });
  }
  assert.deepEqual(counter.report().input_tokens_details, {
    cached_tokens: 2,
    cache_write_tokens: 3,
  });
});

test("money: own prices say all that is paid", options, () => {
  const prices = { "gpt-6-astra": { input: 2, output: 4 } };
  const usage = usageOf({ input: 400_000, written: 100_000, output: 1_000 });
  equal(costOf(usage, "gpt-6-astra", { prices }), 0.4 * 1 + 0.001 * 2);
});

test("money: another name of a model has its surcharges", options, () => {
  const usage = usageOf({ input: 300_000 });
  const prices = { ours: "gpt-5.5" };
  equal(costOf(usage, "ours", { prices }), 2 * 0.3 * 2.5);
});

test(
  "money: a deployment's own price counts, whatever model answers for it",
  options,
  () => {
    const prices = { ours: { input: 3, output: 5 } };
    const usage = usageOf({ input: 1e6 });
    const counter = new UsageCounter(prices);
    const answered = {
      model: "gpt-4o-2024-11-20",
      lane: "batch",
      usage,
    } as const;
    counter.add({ ...answered, asked: "ours" });
    counter.add({ ...answered, asked: "gpt-4o" });
    assert.deepEqual(
      counter.report().models.map(({ model, cost }) => [model, cost]),
      [["ours", 1.5], ["gpt-4o-2024-11-20", 1.25]],
    );
  },
);

test("money: a price that leads nowhere is refused", options, () => {
  const refused: [Record<string, unknown>, RegExp][] = [
    [{ a: "b", b: "a" }, /^The price of "a" leads to "b", which has no price$/],
    [{ ours: "gpt-4o-mimi" }, /"ours" leads to "gpt-4o-mimi"/],
    [{ ours: 3 }, /"ours" must be a price or the name of another model/],
    [{ ours: null }, /"ours" must be a price/],
    [{ ours: { input: 1 } }, /a number of 0 or more as its "output"/],
    [{ ours: { input: -1, output: 1 } }, /as its "input"/],
    [{ ours: { input: 1, output: NaN } }, /as its "output"/],
    [{ ours: { input: 1, output: 1, batchInput: "1" } }, /"batchInput"/],
    [{ ours: { input: 1, output: 1, cached: 1 } }, /unknown field "cached"/],
  ];
  for (const [prices, message] of refused) {
    assert.throws(
      () =>
        new OpenAIBatch({
          apiKey: "none",
          prices: prices as Record<string, Price | string>,
        }),
      { name: "TypeError", message },
    );
  }
});

test("money: prices that lead somewhere are taken", options, () => {
  const prices = {
    ours: "gpt-4o-mini-2024-07-18",
    "the-same": "ours",
    "gpt-4o": "gpt-4o",
    free: { input: 0, output: 0, batchInput: null, cachedInput: null },
  };
  new OpenAIBatch({ apiKey: "none", prices });
});
