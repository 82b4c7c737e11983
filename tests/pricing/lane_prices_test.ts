/** Prices and reports with several lanes. */

import {
  costOf,
  type Lane,
  OpenAIBatch,
  type Price,
  priceOf,
} from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { readUsage, UsageCounter } from "../../src/pricing/mod.ts";
import { usageOf } from "./_usage.ts";

/** In millions of tokens: 1 × 5 is 1,000,000 tokens at $5. */
const M = 1e6;

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
