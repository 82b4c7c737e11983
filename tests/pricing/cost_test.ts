/** What tokens cost. */

import { assert, options, test } from "../_support/prelude.ts";
import { costOf } from "../../src/pricing/mod.ts";
import type { Usage } from "../../src/types/batch.ts";

function tokens(input: number, output: number, cached?: number): Usage {
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    ...(cached === undefined
      ? {}
      : { input_tokens_details: { cached_tokens: cached } }),
  };
}

test("cached tokens cost like others in a batch of gpt-4o", options, () => {
  // 1M × 1.25 + 1M × 5
  assert.equal(costOf(tokens(1e6, 1e6, 400_000), "gpt-4o"), 6.25);
});

test("cached tokens are cheaper in a batch of gpt-5", options, () => {
  // 0.6M × 0.625 + 0.4M × 0.0625 + 1M × 5
  assert.equal(costOf(tokens(1e6, 1e6, 400_000), "gpt-5"), 5.4);
});

test("cached tokens are cheaper when asked directly", options, () => {
  const usage = tokens(1e6, 1e6, 400_000);
  // 0.6M × 2.5 + 0.4M × 1.25 + 1M × 10
  assert.equal(costOf(usage, "gpt-4o", { lane: "standard" }), 12);
  // 0.6M × 1.25 + 0.4M × 0.125 + 1M × 10
  assert.equal(costOf(usage, "gpt-5", { lane: "standard" }), 10.8);
});

test(
  "cached tokens cost like others where nothing else is said",
  options,
  () => {
    const usage = tokens(1e6, 0, 400_000);
    assert.equal(costOf(usage, "gpt-5-pro", { lane: "standard" }), 15);
    assert.equal(costOf(usage, "gpt-5-pro"), 7.5);
  },
);

test(
  "more cached tokens than input tokens count as all of them",
  options,
  () => {
    // 1M × 0.0625
    assert.equal(costOf(tokens(1e6, 0, 2e6), "gpt-5"), 0.0625);
  },
);

test("reasoning tokens are paid once, as output", options, () => {
  const usage = {
    ...tokens(0, 1e6),
    output_tokens_details: { reasoning_tokens: 900_000 },
  };
  assert.equal(costOf(usage, "o3"), 4);
});

test("gpt-3.5-turbo-1106 costs the same in a batch", options, () => {
  const usage = tokens(1e6, 1e6);
  assert.equal(costOf(usage, "gpt-3.5-turbo-1106"), 3);
  assert.equal(costOf(usage, "gpt-3.5-turbo-1106", { lane: "standard" }), 3);
});

test("there is no cost without a published batch price", options, () => {
  const usage = tokens(1e6, 1e6);
  assert.equal(costOf(usage, "gpt-5-chat-latest"), undefined);
  assert.equal(costOf(usage, "gpt-5-chat-latest", { lane: "standard" }), 11.25);
  assert.equal(costOf(usage, "nobody"), undefined);
});

test("embeddings and moderations have their costs", options, () => {
  assert.equal(costOf(tokens(1e6, 0), "text-embedding-3-small"), 0.01);
  assert.equal(costOf(tokens(1e6, 0), "omni-moderation-latest"), 0);
});

test("an own price without batch prices is halved in a batch", options, () => {
  const prices = { ours: { input: 3, cachedInput: 1, output: 5 } };
  const usage = tokens(1e6, 1e6, 500_000);
  // 1M × 1.5 + 1M × 2.5
  assert.equal(costOf(usage, "ours", { prices }), 4);
  // 0.5M × 3 + 0.5M × 1 + 1M × 5
  assert.equal(costOf(usage, "ours", { prices, lane: "standard" }), 7);
});

test("an own price of null says that there is none in a batch", options, () => {
  const prices = {
    in: { input: 3, output: 5, batchInput: null },
    out: { input: 3, output: 5, batchOutput: null },
  };
  assert.equal(costOf(tokens(1, 1), "in", { prices }), undefined);
  assert.equal(costOf(tokens(1, 1), "out", { prices }), undefined);
});

test("own prices of 0 are prices", options, () => {
  const prices = {
    free: { input: 0, output: 0 },
    cache: { input: 2, cachedInput: 0, output: 4, batchCachedInput: 0 },
  };
  const usage = tokens(1e6, 1e6, 1e6);
  assert.equal(costOf(usage, "free", { prices }), 0);
  assert.equal(costOf(usage, "cache", { prices }), 2);
  assert.equal(costOf(usage, "cache", { prices, lane: "standard" }), 4);
});
