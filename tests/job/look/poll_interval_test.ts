/** How often batches are looked at. */

import { pollIntervalAfter } from "../../../src/job/look/poll_interval.ts";
import { assert, test } from "../../_support/prelude.ts";

const SECOND = 1_000;

for (
  const [waited, fixed, least] of [
    [0, undefined, 5],
    [10, undefined, 5],
    [12, undefined, 6],
    [60, undefined, 30],
    [120, undefined, 60],
    [9_999, undefined, 60],
    [9_999, 7, 7],
    [0, 900, 900],
  ] as const
) {
  test(`after ${waited} s the next look is ${least} s later, and a tenth of that at most`, () => {
    const { random } = Math;
    try {
      for (const [chance, seconds] of [[0, least], [0.999, least * 1.0999]]) {
        Math.random = () => chance!;
        const interval = pollIntervalAfter(
          waited * SECOND,
          fixed && fixed * SECOND,
        );
        assert.equal(Math.round(interval), Math.round(seconds! * SECOND));
      }
    } finally {
      Math.random = random;
    }
  });
}
