/** The usage table, to the letter. */

import { assert, options, test } from "../_support/prelude.ts";
import { type Price, UsageCounter, usageTable } from "../../src/pricing/mod.ts";
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

test(
  "the table's total is the report's cost, in the same digits",
  options,
  () => {
    for (let input = 1; input < 200; input++) {
      const report = reportOf({ "gpt-4o-mini": tokens(input, 55) });
      const [, total] = /Total .* \$(\S+) \|/.exec(usageTable(report))!;
      assert.equal(total, report.cost!.toFixed(8), `${input}`);
    }
  },
);

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
      message: `The option digits must be a whole number from 0 to 100: it is ${
        typeof digits === "string" ? '"8"' : digits
      }`,
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
