/** How often batches are looked at. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { pollIntervalAfter } from "../../../src/job/look/poll_interval.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { sums } from "../../_support/sums.ts";

const SECOND = 1_000;
const params = { model: "gpt-4o-mini" };

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

test(
  "each process looks less often at a batch the longer that has been running",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const client = new OpenAIBatch(sim.options);
    const { id } = await client.submit(sums(2), { params });
    // 5 s, half of what has passed, 60 s, each with a tenth more at most
    for (const [pause, wait] of [[1_000, 5], [40_000, 20], [600_000, 60]]) {
      await sim.clock.advance(pause!);
      const job = await client.attach(id);
      const found = (await job.step()).wait / 1_000;
      assert.ok(found > wait! * 0.9 && found < wait! * 1.2, `${found} s`);
    }
  },
);
