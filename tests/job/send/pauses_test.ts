/** Refusals of several kinds: each kind has its own pauses and its own end. */

import {
  isHopeless,
  neverFits,
  type Refusal,
  retryAt,
  whyFileIsLost,
} from "../../../src/job/send/queue.ts";
import { assert, options, test } from "../../_support/prelude.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const error = { code: "refused", message: "no" };

function refusal(
  reason: Refusal["reason"],
  at: number,
  more: Partial<Refusal> = {},
): Refusal {
  const message = undefined;
  const isAlone = false;
  return { reason, at, message, error, isAlone, isExplained: false, ...more };
}

const PAUSES: [what: string, refusals: Refusal[], pause: number][] = [
  ["one full queue", [refusal("queue", 0)], MINUTE],
  ["two", [refusal("queue", 0), refusal("queue", 0)], 2 * MINUTE],
  ["a full queue after a lost file", [
    refusal("file", 0),
    refusal("file", 0),
    refusal("queue", 0),
  ], MINUTE],
  ["a lost file after full queues", [
    refusal("queue", 0),
    refusal("queue", 0),
    refusal("file", 0),
  ], MINUTE / 2],
  ["a full queue that is explained", [
    refusal("queue", 0, { isExplained: true }),
    refusal("queue", 0, { isExplained: true }),
  ], MINUTE],
  ["more than there are pauses", Array(9).fill(refusal("queue", 0)), HOUR / 2],
];

for (const [what, refusals, pause] of PAUSES) {
  test(
    `the pause after ${what} is ${
      pause / MINUTE
    } minutes, and a tenth more at most`,
    options,
    () => {
      assert.equal(retryAt(refusals, 0), pause);
      const most = retryAt(refusals, 0.999);
      assert.ok(most >= pause && most < 1.1 * pause, `${most}`);
    },
  );
}

test(
  "a file is lost after six hours of tries, of which full queues are none",
  options,
  () => {
    const hours = Array.from({ length: 7 }, (_, i) => i);
    const tries = hours.map((hour) => refusal("file", hour * HOUR));
    assert.equal(whyFileIsLost(tries), error);
    assert.equal(whyFileIsLost(tries.slice(0, 6)), undefined);
    const [first, ...others] = tries;
    const queues = others.map(({ at }) => refusal("queue", at));
    const mixed = [first!, ...queues, refusal("file", 7 * HOUR)];
    assert.equal(whyFileIsLost(mixed), undefined);
    assert.equal(
      whyFileIsLost([...tries, refusal("queue", 7 * HOUR)]),
      undefined,
    );
  },
);

test("two tries of a file count for an hour at most", options, () => {
  const tries = [0, 2, 4, 6, 8, 10].map((hour) => refusal("file", hour * HOUR));
  assert.equal(whyFileIsLost(tries.slice(0, 5)), undefined);
  assert.equal(whyFileIsLost(tries), undefined);
  assert.equal(whyFileIsLost([...tries, refusal("file", 12 * HOUR)]), error);
});

test("what was never refused waits for nothing", options, () => {
  assert.equal(retryAt([], 0.5), 0);
});

/** So many full queues, evenly over this time, with nothing of the job queued. */
function alone(count: number, time: number): Refusal[] {
  return Array.from(
    { length: count },
    (_, i) => refusal("queue", i * time / (count - 1), { isAlone: true }),
  );
}

const ALONE: [rule: string, refusals: Refusal[], never: boolean][] = [
  ["five times over an hour", alone(5, HOUR), true],
  ["not for a moment less", alone(5, HOUR - 1), false],
  ["not four times", alone(4, 2 * HOUR), false],
  ["not four times, and once beside others", [
    ...alone(4, 2 * HOUR),
    refusal("queue", 3 * HOUR),
  ], false],
  ["not five times, of which an hour was spent beside others", [
    refusal("queue", -HOUR),
    ...alone(5, HOUR - 1),
    refusal("queue", HOUR),
  ], false],
  ["five times, whatever came between", [
    ...alone(5, HOUR),
    refusal("file", HOUR),
  ], true],
];

for (const [rule, refusals, never] of ALONE) {
  test(`what was refused alone never fits: ${rule}`, options, () => {
    assert.equal(neverFits(refusals), never);
    assert.equal(isHopeless(refusals), false);
  });
}

test("after a day of it there is no hope", options, () => {
  assert.equal(isHopeless(alone(5, 24 * HOUR)), true);
  assert.equal(isHopeless(alone(5, 24 * HOUR - 1)), false);
  assert.equal(isHopeless(alone(4, 30 * HOUR)), false);
});
