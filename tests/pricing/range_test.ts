/** How wide the range of an estimate is. */

import { errorOf, sumOf } from "../../src/pricing/range.ts";
import { assert, options, test } from "../_support/prelude.ts";

/** Student's t at 95 % on one side, as printed in tables, and how near we come. */
const QUANTILES: [freedom: number, t: number, within: number][] = [
  [2, 2.9200, 0.013],
  [3, 2.3534, 0.003],
  [4, 2.1318, 0.001],
  [9, 1.8331, 0.0001],
  [19, 1.7291, 0.0001],
  [99, 1.6604, 0.0001],
];

for (const [freedom, t, within] of QUANTILES) {
  test(
    `with ${freedom + 1} figures the range is ${t} errors wide`,
    options,
    () => {
      // half of them 0 and half 2, or one more of the one: the deviation is known
      const known = Array.from({ length: freedom + 1 }, (_, i) => i % 2 * 2);
      const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
      const squares = known.map((value) => (value - mean) ** 2);
      const deviation = Math.sqrt(
        squares.reduce((sum, value) => sum + value, 0) / freedom,
      );
      for (const count of [1, 50, 1_000]) {
        const error = Math.sqrt(1 / known.length + 1 / count) * deviation *
          count;
        const found = errorOf(known, count) / error;
        assert.ok(Math.abs(found / t - 1) <= within, `${found}`);
      }
    },
  );
}

test("a sum that is the same each time is known exactly", options, () => {
  assert.deepEqual(sumOf([7, 7, 7], 10), { low: 70, expected: 70, high: 70 });
  assert.deepEqual(sumOf([0, 0], 10), { low: 0, expected: 0, high: 0 });
});

for (
  const [what, known, skewness] of [
    ["as far up as down where figures are even", [1, 3], 0],
    ["and where few of them are short", [10, 10, 10, 10, 1], 0],
    ["further up where few of them are long", [1, 1, 1, 1, 10], 1.5],
  ] as [string, number[], number][]
) {
  test(`the range of a sum reaches ${what}`, options, () => {
    const { low, expected, high } = sumOf(known, 100);
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    assert.equal(expected, mean * 100);
    const down = Math.log(expected / low);
    const up = Math.log(high / expected);
    assert.ok(Math.abs(down - errorOf(known, 100) / expected) < 1e-9);
    const further = 1 + skewness / Math.sqrt(known.length);
    assert.ok(Math.abs(up / down - further) < 1e-9, `${up / down}`);
  });
}
