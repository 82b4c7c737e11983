import { readFileSync } from "node:fs";
import { assert, options, test } from "../_support/prelude.ts";
import {
  costOf,
  type Price,
  priceOf,
  readUsage,
  UsageCounter,
  usageTable,
} from "../../src/pricing/mod.ts";
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

test("a model that nobody knows has no price", options, () => {
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

test("names of Object.prototype are no models", options, () => {
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

test("the usage table comes out to the letter", options, () => {
  const counter = new UsageCounter();
  for (let i = 0; i < 7; i++) {
    const usage = tokens(17, i < 6 ? 8 : 7);
    counter.add({ model: "gpt-4o-mini-2024-07-18", lane: "batch", usage });
  }
  assert.equal(
    usageTable(counter.report(), { digits: 8 }),
    `\
+------------+--------+-------------+
| Category   | Tokens |       Price |
+------------+--------+-------------+
| Prompt     |    119 | $0.00000892 |
| Completion |     55 | $0.00001650 |
+------------+--------+-------------+
| Total      |    174 | $0.00002543 |
+------------+--------+-------------+`,
  );
});

test("8 digits are the default of the usage table", options, () => {
  const report = reportOf({ "gpt-4o-mini": tokens(119, 55) });
  assert.equal(usageTable(report), usageTable(report, { digits: 8 }));
  assert.equal(
    usageTable(report),
    usageTable(report, { digits: undefined }),
  );
});

test("columns of the usage table widen with their figures", options, () => {
  const report = reportOf({ "gpt-4o": tokens(9_876_543_210, 1_000) });
  assert.equal(
    usageTable(report, { digits: 2 }),
    `\
+------------+------------+-----------+
| Category   |     Tokens |     Price |
+------------+------------+-----------+
| Prompt     | 9876543210 | $12345.68 |
| Completion |       1000 |     $0.01 |
+------------+------------+-----------+
| Total      | 9876544210 | $12345.68 |
+------------+------------+-----------+`,
  );
});

test("the usage table adds up several models", options, () => {
  const report = reportOf({
    "gpt-4o": tokens(1e6, 1e6), // 1.25 and 5
    "gpt-5": tokens(2e6, 1e6, 1e6), // 0.6875 and 5
  });
  assert.deepEqual(figures(usageTable(report, { digits: 4 })), [
    "3000000 $1.9375",
    "2000000 $10.0000",
    "5000000 $11.9375",
  ]);
});

test("the usage table shows tokens without a known price", options, () => {
  const report = reportOf({
    "nobody": tokens(119, 55),
    "gpt-4o": tokens(1, 1),
  });
  assert.equal(
    usageTable(report),
    `\
+------------+--------+-------+
| Category   | Tokens | Price |
+------------+--------+-------+
| Prompt     |    120 |     - |
| Completion |     56 |     - |
+------------+--------+-------+
| Total      |    176 |     - |
+------------+--------+-------+`,
  );
});

test("the usage table knows own prices", options, () => {
  const prices = { ours: { input: 2, output: 4 } };
  const report = reportOf({ ours: tokens(1e6, 1e6) }, prices);
  assert.deepEqual(figures(usageTable(report, { digits: 0 })), [
    "1000000 $1",
    "1000000 $2",
    "2000000 $3",
  ]);
});

test("the usage table of a report that was JSON is the same", options, () => {
  const report = reportOf({
    "gpt-5": tokens(1234, 567, 89),
    "gpt-4o-mini": tokens(119, 55),
  });
  const copy = JSON.parse(JSON.stringify(report));
  assert.equal(usageTable(copy), usageTable(report));
});

test("the usage table never guesses own prices from the model", options, () => {
  const prices = { "gpt-4o": { input: 2, output: 4 } };
  const report = reportOf({ "gpt-4o": tokens(1e6, 1e6) }, prices);
  const copy = JSON.parse(JSON.stringify(report));
  assert.deepEqual(figures(usageTable(copy, { digits: 0 })), [
    "1000000 -",
    "1000000 -",
    "2000000 $3",
  ]);
});

test("the digits of the usage table are checked", options, () => {
  const report = reportOf({});
  for (const digits of [-1, 101, 1.5, NaN, Infinity, "8" as never]) {
    assert.throws(() => usageTable(report, { digits }), {
      name: "RangeError",
      message: `Cannot print the usage table as 'digits' must be an integer ` +
        `from 0 to 100: current value is ${digits}`,
    });
  }
  assert.match(usageTable(report, { digits: 100 }), /\$0\.0{100} \|/);
});

/** The tokens and prices of a usage table's rows. */
function figures(table: string): string[] {
  return [...table.matchAll(/(\d+) \| +(\S+)/g)].map((row) =>
    `${row[1]} ${row[2]}`
  );
}
