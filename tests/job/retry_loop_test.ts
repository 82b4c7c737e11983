/** How long a job bears that calls fail, and how long it waits between them. */

import { APIError, ConnectionError } from "@offpeak/openai-batch";
import { RetryLoop } from "../../src/job/retry_loop.ts";
import type { Wait } from "../../src/job/state/waits.ts";
import { Contact } from "../../src/rest/contact.ts";
import { assert, options, test } from "../_support/prelude.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const lost = new ConnectionError("reset");

function busy(retryAfter: number): APIError {
  const headers = new Headers({ "retry-after": `${retryAfter}` });
  return new APIError("Too many", { status: 429, headers, error: {} });
}

/** A loop whose time passes as the test says. */
function start(isReached = true, signal?: AbortSignal) {
  const clock = {
    time: Date.UTC(2026, 0, 1),
    now: () => clock.time,
    sleep: (ms: number) => {
      clock.time += ms;
      return Promise.resolve();
    },
  };
  const contact = new Contact();
  contact.isReached = isReached;
  const waits: Wait[] = [];
  const onWait = (wait: Wait) => void waits.push(wait);
  const loop = new RetryLoop({ clock, contact, signal, onWait });
  /** Fails after each of these times, ms; undefined if it gives up. */
  const failAfter = (...gaps: number[]): (number | undefined)[] =>
    gaps.map((gap) => {
      clock.time += gap;
      try {
        return loop.pauseAfter(lost);
      } catch (error) {
        assert.equal(error, lost);
        return undefined;
      }
    });
  return { loop, clock, contact, waits, failAfter };
}

test("the pauses are 1, 2, 4, … seconds, up to a minute", options, () => {
  const { failAfter } = start();
  assert.deepEqual(failAfter(...Array(8).fill(0)), [
    ...[1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * SECOND),
  ]);
});

for (
  const [rule, failures, asked, seconds] of [
    ["a server that asks for a wait gets it", 0, 5, 5],
    ["up to ten minutes", 0, 601, 600],
    ["but no pause shorter than those before it", 3, 2, 8],
  ] as const
) {
  test(rule, options, () => {
    const { loop, failAfter } = start();
    failAfter(...Array(failures).fill(0));
    assert.equal(loop.pauseAfter(busy(asked)), seconds * SECOND);
  });
}

const LONG = 20 * MINUTE;

/** The pause after the last of these failures. */
const ENDS: [
  rule: string,
  gaps: number[],
  pause: number | undefined,
  more?: { isReached?: boolean; succeeds?: boolean },
][] = [
  ["nothing may succeed for an hour", [
    ...[0, LONG, LONG, LONG - 8 * SECOND],
  ], 8 * SECOND],
  ["and not a moment longer, the next pause included", [
    ...[0, LONG, LONG, LONG - 8 * SECOND + 1],
  ], undefined],
  [
    "without a process nothing is tried: two failures count 20 minutes at most",
    [
      ...[10 * HOUR, 10 * HOUR],
    ],
    2 * SECOND,
  ],
  ["of which three are an hour", [...Array(3).fill(10 * HOUR)], undefined],
  [
    "where other calls succeed it may fail for six hours",
    [
      ...[...Array(17).fill(LONG), LONG - MINUTE],
    ],
    MINUTE,
    { succeeds: true },
  ],
  [
    "and not a moment longer",
    [
      ...[...Array(17).fill(LONG), LONG - MINUTE + 1],
    ],
    undefined,
    { succeeds: true },
  ],
  [
    "where nothing was ever reached it may fail for a minute",
    [
      ...[59 * SECOND],
    ],
    SECOND,
    { isReached: false },
  ],
  [
    "and no longer than that",
    [
      ...[59 * SECOND + 1],
    ],
    undefined,
    { isReached: false },
  ],
];

for (const [rule, gaps, pause, { isReached, succeeds } = {}] of ENDS) {
  test(`failures in a row: ${rule}`, options, () => {
    const { loop, contact, failAfter } = start(isReached);
    loop.begin();
    const pauses = gaps.map((gap) => {
      if (succeeds) contact.successes++;
      return failAfter(gap)[0];
    });
    assert.equal(pauses.pop(), pause);
    assert.ok(pauses.every((pause) => pause !== undefined));
  });
}

test("a success makes the next failure a first one", options, () => {
  const { loop, clock, failAfter } = start();
  failAfter(0, LONG, LONG);
  loop.reset();
  clock.time += HOUR;
  loop.begin();
  assert.deepEqual(failAfter(0, LONG, LONG), [
    ...[1, 2, 4].map((seconds) => seconds * SECOND),
  ]);
});

test("a try that follows a failure goes on with its time", options, () => {
  const { loop, failAfter } = start();
  for (const gap of [LONG, LONG]) {
    assert.notEqual(failAfter(gap)[0], undefined);
    loop.begin();
  }
  assert.deepEqual(failAfter(LONG), [undefined]);
});

test("the time before a first try counts for nothing", options, () => {
  const { loop, clock, failAfter } = start(false);
  clock.time += HOUR;
  loop.begin();
  assert.deepEqual(failAfter(0), [SECOND]);
});

test("what succeeded before a first try counts for nothing", options, () => {
  const { loop, contact, failAfter, waits } = start();
  contact.successes++;
  loop.begin();
  failAfter(0);
  assert.match(waits[0]!.message!, /for up to an hour$/);
});

test("a success elsewhere begins the hour of silence anew", options, () => {
  const { loop, contact, failAfter } = start();
  loop.begin();
  failAfter(LONG, LONG);
  contact.successes++;
  const last = LONG - 32 * SECOND;
  assert.deepEqual(failAfter(0, LONG, LONG, last), [
    ...[4, 8, 16, 32].map((seconds) => seconds * SECOND),
  ]);
});

for (
  const [what, error, isReached, succeeds, reason, message] of [
    ["the connection", lost, true, false, "connection", "reset … an hour"],
    [
      "one that never was",
      lost,
      false,
      false,
      "connection",
      "reset … a minute",
    ],
    ["one of several calls", lost, true, true, "connection", "reset … 6 hours"],
    ["a refusal", busy(1), true, false, "retry", "Too many … an hour"],
    [
      "lists that lag",
      new ConnectionError("not yet", { code: "lists" }),
      true,
      true,
      "lists",
      "not yet … 6 hours",
    ],
  ] as const
) {
  test(
    `while it waits for ${what}, that is said, and for how long`,
    options,
    () => {
      const { loop, clock, contact, waits } = start(isReached);
      if (succeeds) contact.successes++;
      loop.pauseAfter(error);
      assert.deepEqual(waits, [{
        reason,
        until: clock.time + SECOND,
        message: message.replace(" … ", ", trying again for up to "),
      }]);
    },
  );
}

test(
  "what does not pass is thrown at once, as is what was aborted",
  options,
  () => {
    const denied = new APIError("No", {
      status: 401,
      headers: new Headers(),
      error: {},
    });
    assert.throws(() => start().loop.pauseAfter(denied), (e) => e === denied);
    const { loop, waits } = start(true, AbortSignal.abort());
    assert.throws(() => loop.pauseAfter(lost), (error) => error === lost);
    assert.deepEqual(waits, []);
  },
);

test(
  "insist tries until it succeeds, and gives what came",
  options,
  async () => {
    const { loop, clock, waits } = start();
    const begun = clock.time;
    let tries = 0;
    const work = () =>
      ++tries < 4 ? Promise.reject(lost) : Promise.resolve("ok");
    assert.equal(await loop.insist(work), "ok");
    assert.equal(clock.time - begun, 7 * SECOND);
    tries = 2;
    await loop.insist(work);
    assert.equal(clock.time - begun, 8 * SECOND);
    assert.equal(waits.length, 4);
  },
);

test(
  "insist counts from its first try, and needs nobody to tell",
  options,
  async () => {
    const { clock, contact } = start(false);
    const loop = new RetryLoop({ clock, contact });
    clock.time += HOUR;
    let tries = 0;
    const work = () => ++tries < 2 ? Promise.reject(lost) : Promise.resolve(7);
    assert.equal(await loop.insist(work), 7);
  },
);
