/** What a body says of its usage, and what a report makes of many. */

import { assert, options, test } from "../_support/prelude.ts";
import { type Price, readUsage, UsageCounter } from "../../src/pricing/mod.ts";
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

/** A report of one answer of each of the models. */
function reportOf(
  models: Record<string, Usage>,
  prices?: Record<string, Price | string>,
) {
  const counter = new UsageCounter(prices);
  for (const [model, usage] of Object.entries(models)) {
    counter.add({ model, lane: "batch", usage });
  }
  return counter.report();
}

test("the usage of chat is renamed, with its details", options, () => {
  const usage = {
    prompt_tokens: 9,
    completion_tokens: 12,
    total_tokens: 21,
    prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 0 },
  };
  assert.deepEqual(readUsage({ id: "chatcmpl-1", usage }), {
    input_tokens: 9,
    output_tokens: 12,
    total_tokens: 21,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens_details: { reasoning_tokens: 3 },
  });
});

test(
  "tokens of sound and pictures are read, those of 0 are not",
  options,
  () => {
    const of = (prompt: object, completion: object) =>
      readUsage({
        usage: {
          prompt_tokens: 9,
          prompt_tokens_details: prompt,
          completion_tokens_details: completion,
        },
      });
    const heard = of({ audio_tokens: 3 }, { audio_tokens: 2 });
    assert.deepEqual(heard?.input_tokens_details, {
      cached_tokens: 0,
      audio_tokens: 3,
    });
    assert.deepEqual(heard?.output_tokens_details, {
      reasoning_tokens: 0,
      audio_tokens: 2,
    });
    const seen = of({ image_tokens: 4 }, { image_tokens: 0 });
    assert.deepEqual(seen?.input_tokens_details, {
      cached_tokens: 0,
      image_tokens: 4,
    });
    assert.deepEqual(seen?.output_tokens_details, {
      reasoning_tokens: 0,
      image_tokens: 0,
    });
    const none = of({ image_tokens: 0, audio_tokens: 0 }, { audio_tokens: 0 });
    assert.equal(none?.input_tokens_details, undefined);
    assert.equal(none?.output_tokens_details, undefined);
  },
);

test("the usage of responses and batches stays as it is", options, () => {
  const usage = {
    input_tokens: 9,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 12,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 21,
  };
  assert.deepEqual(readUsage({ usage }), usage);
});

test("the usage of embeddings has no output and no details", options, () => {
  const usage = { prompt_tokens: 8, total_tokens: 8 };
  assert.deepEqual(readUsage({ usage }), tokens(8, 0));
});

test("odd figures in a usage count as absent", options, () => {
  const usage = {
    prompt_tokens: 8,
    completion_tokens: "12",
    total_tokens: null,
    prompt_tokens_details: null,
    completion_tokens_details: { reasoning_tokens: -1 },
  };
  assert.deepEqual(readUsage({ usage }), tokens(8, 0));
});

test("a body without usage has none", options, () => {
  for (
    const body of [
      undefined,
      null,
      "text",
      [],
      {},
      { usage: null },
      { usage: 3 },
      { usage: {} },
      { usage: { prompt_tokens: NaN, total_tokens: Infinity } },
    ]
  ) assert.equal(readUsage(body), undefined);
});

test("a report adds up the answers of each model and way", options, () => {
  const counter = new UsageCounter();
  counter.add({ model: "gpt-5", lane: "batch", usage: tokens(1e6, 0, 1e6) });
  counter.add({ model: "gpt-5", lane: "standard", usage: tokens(0, 1e6) });
  counter.add({ model: "gpt-5", lane: "batch", usage: tokens(1e6, 1e6) });
  counter.add({ model: "gpt-4o", lane: "batch", usage: tokens(2e6, 1e6) });
  counter.add({ model: "gpt-4o", lane: "batch", usage: undefined });
  assert.deepEqual(counter.report(), {
    ...tokens(4e6, 3e6, 1e6),
    cost: 5.6875 + 10 + 7.5,
    standardCost: 11.375 + 10 + 15,
    saving: 5.6875 + 7.5,
    models: [
      {
        model: "gpt-5",
        lane: "batch",
        requests: 2,
        ...tokens(2e6, 1e6, 1e6),
        cost: 5.6875, // 1M × 0.625 + 1M × 0.0625 + 1M × 5
        standardCost: 11.375,
        saving: 5.6875,
      },
      {
        model: "gpt-5",
        lane: "standard",
        requests: 1,
        ...tokens(0, 1e6),
        cost: 10,
        standardCost: 10,
        saving: 0,
      },
      {
        model: "gpt-4o",
        lane: "batch",
        requests: 2,
        ...tokens(2e6, 1e6),
        cost: 7.5, // 2M × 1.25 + 1M × 5
        standardCost: 15,
        saving: 7.5,
      },
    ],
  });
});

test("reasoning tokens are added up", options, () => {
  const counter = new UsageCounter();
  for (const reasoning_tokens of [3, 4]) {
    const output_tokens_details = { reasoning_tokens };
    const usage = { ...tokens(1, 5), output_tokens_details };
    counter.add({ model: "o3", lane: "batch", usage });
  }
  const { output_tokens_details } = counter.report();
  assert.deepEqual(output_tokens_details, { reasoning_tokens: 7 });
});

test("one model without a price leaves the total without one", options, () => {
  const { models, ...total } = reportOf({
    "gpt-4o": tokens(1e6, 0),
    "nobody": tokens(1, 2),
  });
  assert.deepEqual(total, {
    ...tokens(1_000_001, 2),
    cost: undefined,
    standardCost: undefined,
    saving: undefined,
  });
  assert.deepEqual(models.map((row) => row.cost), [1.25, undefined]);
});

test("a model without a batch price still has a standard cost", options, () => {
  const report = reportOf({ "gpt-4": tokens(1e6, 1e6) });
  assert.equal(report.cost, undefined);
  assert.equal(report.standardCost, 90);
  assert.equal(report.saving, undefined);
});

test("a report does not change with later answers", options, () => {
  const counter = new UsageCounter();
  const entry = {
    model: "gpt-5",
    lane: "batch" as const,
    usage: tokens(3, 2, 1),
  };
  counter.add(entry);
  const report = counter.report();
  const copy = structuredClone(report);
  counter.add(entry);
  assert.deepEqual(report, copy);
  assert.deepEqual(entry.usage, tokens(3, 2, 1));
  assert.equal(counter.report().input_tokens, 6);
});

test("nothing asked costs nothing", options, () => {
  assert.deepEqual(new UsageCounter().report(), {
    ...tokens(0, 0),
    cost: 0,
    standardCost: 0,
    saving: 0,
    models: [],
  });
});
