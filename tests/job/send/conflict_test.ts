/** One name, one input: what is said of a part that is another one than was sent. */

import { JobConflictError } from "@offpeak/openai-batch";
import { checkConflict, checkEnd } from "../../../src/job/send/conflict.ts";
import { Part } from "../../../src/job/state/part.ts";
import type { Tag } from "../../../src/job/state/tag.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

const TAG: Tag = {
  job: "night",
  part: 3,
  slice: undefined,
  round: 0,
  lines: 10,
  digest: "0123456789abcdef",
  last: false,
};

/** A part whose first file says this. */
function sent(difference: Partial<Tag>): Part {
  const part = new Part(stoppedClock(), 3);
  part.round(0).addTag({ ...TAG, ...difference });
  return part;
}

const RULE =
  "A job's name belongs to one input: use another name for other input";

function refusal(difference: string) {
  return (error: unknown) => {
    assert.ok(error instanceof JobConflictError);
    const { message, part, jobId } = error;
    const expected = `Part 3 of the job night ${difference}. ${RULE}`;
    assert.deepEqual([message, part, jobId], [expected, 3, "night"]);
    return true;
  };
}

for (
  const [was, is, difference] of [
    [
      { lines: 9 },
      {},
      "has 10 requests and was sent with 9: the input, batchSize or maxBytes differ",
    ],
    [
      { digest: "fedcba9876543210" },
      {},
      "was sent with other lines: the input or the params differ",
    ],
    [{ last: true }, {}, "was sent as the last part"],
    [{}, { last: true }, "was not sent as the last part"],
  ] as [Partial<Tag>, Partial<Tag>, string][]
) {
  test(`a part is refused that ${difference}`, options, () => {
    const check = () => checkConflict(sent(was), { ...TAG, ...is });
    assert.throws(check, refusal(difference));
  });
}

test(
  "a part is sent on that is as it was, or was not sent yet",
  options,
  () => {
    checkConflict(sent({}), TAG);
    checkConflict(new Part(stoppedClock(), 3), TAG);
  },
);

test(
  "an input is refused that ends before what was sent of it",
  options,
  () => {
    const parts = [new Part(stoppedClock(), 2), new Part(stoppedClock(), 3)];
    checkEnd("night", parts, 4);
    assert.throws(
      () => checkEnd("night", parts, 3),
      refusal(
        "was sent, and the input has 3 parts only: the input, batchSize or maxBytes differ",
      ),
    );
  },
);
