/** How wide the range of an estimate is. */

import { errorOf } from "../../src/pricing/range.ts";
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
