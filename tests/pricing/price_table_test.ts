/** Which price a model has. */

import { readFileSync } from "node:fs";
import { assert, options, test } from "../_support/prelude.ts";
import { type Price, priceOf, UsageCounter } from "../../src/pricing/mod.ts";
import type { Usage } from "../../src/types/batch.ts";

const priceFile = new URL("../prices/official.json", import.meta.url);

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

/** Where the table follows a newer page than the file. */
const NEWER: Record<string, Partial<Price>> = {
  "gpt-6.2-sol": { cachedInput: 0.1, batchCachedInput: 0.05 },
};

test("every model of the price file has exactly its prices", options, () => {
  const { models } = JSON.parse(readFileSync(priceFile, "utf8"));
  assert.equal(Object.keys(models).length, 103);
  for (
    const [model, { provenance: _, ...prices }] of Object.entries(
      models as Record<string, Price & { provenance: string }>,
    )
  ) {
    const expected = { ...prices, ...NEWER[model] };
    assert.deepEqual(priceOf(model), expected, model);
  }
});

test("a dated name has the prices of its family", options, () => {
  const price = {
    input: 0.15,
    cachedInput: 0.075,
    output: 0.6,
    batchInput: 0.075,
    batchCachedInput: null,
    batchOutput: 0.3,
  };
  assert.deepEqual(priceOf("gpt-4o-mini"), price);
  assert.deepEqual(priceOf("gpt-4o-mini-2024-07-18"), price);
  assert.deepEqual(priceOf("gpt-4o-mini-2031-01-31"), price);
});

test("a dated name with prices of its own has those", options, () => {
  assert.equal(priceOf("gpt-4o-2024-05-13")?.input, 5);
  assert.equal(priceOf("gpt-4-0613")?.batchInput, 15);
  assert.equal(priceOf("gpt-4")?.batchInput, null);
});

test("an unknown model has no price", options, () => {
  for (
    const model of [
      "",
      "gpt-4o-2024",
      "gpt-4-9999",
      "2024-07-18",
      "-2024-07-18",
      "ft:gpt-4o-mini-2024-07-18:acme::abc123",
      "GPT-4o",
    ]
  ) assert.equal(priceOf(model), undefined, model);
});

test("names of Object.prototype are not models", options, () => {
  for (
    const model of ["__proto__", "constructor", "toString", "hasOwnProperty"]
  ) {
    assert.equal(priceOf(model), undefined, model);
    assert.equal(priceOf(model, { other: "gpt-4o" }), undefined, model);
    assert.equal(priceOf("x", { x: model }), undefined, model);
    assert.equal(reportOf({ [model]: tokens(1, 1) }).cost, undefined, model);
  }
});

test("changing a price that was handed out changes nothing", options, () => {
  priceOf("gpt-4o")!.input = 0;
  assert.equal(priceOf("gpt-4o")?.input, 2.5);
});

test("own prices come before the table, for dated names too", options, () => {
  const own = { input: 7, output: 9 };
  assert.equal(priceOf("gpt-4o", { "gpt-4o": own }), own);
  assert.equal(priceOf("gpt-4o-2024-11-20", { "gpt-4o": own }), own);
  assert.equal(priceOf("gpt-4o-2024-05-13", { "gpt-4o": own }), own);
  assert.equal(priceOf("gpt-4o-mini", { "gpt-4o": own })?.input, 0.15);
  assert.equal(priceOf("ft:gpt-4o:acme", { "ft:gpt-4o:acme": own }), own);
});

test("an own price can be another name of a known model", options, () => {
  const prices = {
    "our-deployment": "gpt-4o-mini-2024-07-18",
    "the-same": "our-deployment",
    "gpt-4o-mini": { input: 1, output: 2 },
  };
  assert.equal(priceOf("our-deployment", prices)?.input, 1);
  assert.equal(priceOf("the-same", prices)?.output, 2);
  assert.equal(priceOf("x", { x: "nobody" }), undefined);
});

test("other names that lead in a circle end at the table", options, () => {
  assert.equal(priceOf("a", { a: "b", b: "a" }), undefined);
  assert.equal(priceOf("gpt-4o", { "gpt-4o": "gpt-4o" })?.input, 2.5);
  assert.equal(
    priceOf("gpt-4o", { "gpt-4o": "gpt-4o-2024-05-13" })?.input,
    5,
  );
});
