/** What the server's clock shows, by the dates of its answers. */

import { JobClock } from "../../../src/job/state/job_clock.ts";
import { assert, options, test } from "../../_support/prelude.ts";

const SECOND = 1_000;
const NOW = Date.UTC(2026, 0, 1);

/** A clock that has had answers so many seconds ahead, the oldest first. */
function clockAfter(...leads: number[]): JobClock {
  const sleep = () => Promise.resolve();
  const clock = new JobClock({ now: () => NOW, sleep });
  for (const lead of leads) {
    const date = new Date(NOW + lead * SECOND).toUTCString();
    clock.note(new Headers({ date }));
  }
  return clock;
}

const AGES: [created_at: unknown, age: number | undefined][] = [
  [NOW / SECOND - 60, 65_000],
  [new Date(NOW - 60 * SECOND).toISOString(), 65_000],
  [undefined, undefined],
  [null, undefined],
];

for (const [created_at, age] of AGES) {
  test(
    `5 s ahead, what was created at ${created_at} is ${age} ms old`,
    options,
    () => {
      assert.equal(clockAfter(5).ageOf({ created_at }), age);
    },
  );
}

const LEADS: [leads: number[], ahead: number][] = [
  [[], 0],
  [[5], 5],
  [[-5], -5],
  [[5, 9], 5],
  [[9, 5], 5],
  [[1, 600, 2], 2],
  [[600, 600, 1, 1, 1], 1],
  // all that was long ago is forgotten
  [[...Array(20).fill(600), 1, 1, 1], 1],
];

for (const [leads, ahead] of LEADS) {
  const told = leads.length > 6 ? `${leads.length} answers` : `[${leads}]`;
  test(`after ${told} the server is ${ahead} s ahead`, options, () => {
    const clock = clockAfter(...leads);
    assert.equal(clock.now(), NOW);
    assert.equal(clock.dateOf(NOW), NOW + ahead * SECOND);
    assert.equal(clock.timeOf(NOW + ahead * SECOND), NOW);
  });
}

test(
  "an answer without a date, or with none that can be read, tells nothing",
  options,
  () => {
    const clock = clockAfter(5);
    clock.note(new Headers());
    clock.note(new Headers({ date: "soon" }));
    assert.equal(clock.dateOf(NOW), NOW + 5 * SECOND);
  },
);
