/** What is due of a leaf as the queue allows: room, turns, pauses, and what never fits. Each row is one rule. */

import {
  CREATE,
  ERROR,
  FIVE_ALONE,
  full,
  HOUR,
  MINUTE,
  NOW,
  refused,
  type Row,
  SECOND,
  testRows,
  waiting,
} from "./_due.ts";

const ROWS: Row[] = [
  // The queue, by the job's own count.
  {
    rule: "as many batches run as the caller allows",
    queue: { active: 3, maxActive: 3 },
    expected: waiting("batches", Infinity),
  },
  {
    rule: "and not fewer",
    queue: { active: 2, maxActive: 3 },
    expected: CREATE,
  },
  {
    rule: "tokens that the caller allows are used up",
    queue: { given: 2_000 },
    expected: CREATE,
  },
  {
    rule: "and not exceeded",
    queue: { given: 1_999 },
    expected: waiting("batches", Infinity),
  },
  {
    rule: "a limit that a refusal named holds as if it had been given",
    queue: { named: 1_999 },
    expected: waiting("queue", Infinity, full),
  },
  {
    rule: "and is used up",
    leaf: { refusals: refused([0], { isExplained: true }) },
    queue: { named: 2_000 },
    expected: CREATE,
  },
  {
    rule:
      "what was refused because of the job's own batches waits for no pause",
    leaf: { refusals: refused([0, 0, 0], { isExplained: true }) },
    queue: { named: 1_000, queued: 0, isEmpty: true },
    expected: CREATE,
  },
  {
    rule: "the smaller limit counts",
    queue: { named: 3_000, given: 1_999 },
    expected: waiting("batches", Infinity),
  },
  {
    rule: "a batch that would be alone is tried whatever the caller allows",
    queue: { given: 1, queued: 0, isEmpty: true },
    expected: CREATE,
  },
  {
    rule: "an estimate that says no is counted once for the model",
    leaf: { isCounted: false },
    queue: { named: 1_999 },
    expected: { do: "count" },
  },
  {
    rule: "one that was measured by another file is good enough",
    leaf: { isCounted: false },
    queue: { named: 1_999, isMeasured: true },
    expected: waiting("queue", Infinity, full),
  },
  {
    rule: "what the caller just allows is",
    leaf: { isCounted: false },
    queue: { named: 1_999, given: 2_000 },
    expected: { do: "count" },
  },
  {
    rule: "what the refusal's limit just allows waits for the caller's",
    queue: { named: 2_000, given: 1_999 },
    expected: waiting("batches", Infinity),
  },
  {
    rule: "what the caller does not allow anyway is not counted",
    leaf: { isCounted: false },
    queue: { named: 1_999, given: 1_999 },
    expected: waiting("queue", Infinity, full),
  },

  // What others put into it.
  ...[60, 120, 300, 600, 1_800, 1_800].map((seconds, i): Row => ({
    rule: `what was refused ${i + 1} times is tried ${seconds} s later`,
    leaf: { refusals: refused(Array(i + 1).fill(1)) },
    queue: { crowd: { hasSign: false, isUntold: false, next: "this" } },
    expected: waiting("queue", NOW - 1 + seconds * SECOND, full),
  })),
  {
    rule: "and tried at that moment",
    leaf: { refusals: refused([MINUTE]) },
    queue: { crowd: { hasSign: false, isUntold: false, next: "this" } },
    expected: CREATE,
  },
  {
    rule: "each process adds up to a tenth of its own",
    leaf: { refusals: refused([MINUTE]) },
    queue: { crowd: { hasSign: false, isUntold: false, next: "this" } },
    process: { seed: 0.25 },
    expected: waiting("queue", NOW + 3 * SECOND, full),
  },
  {
    rule: "another one each time",
    leaf: { refusals: refused([HOUR, 0]) },
    queue: { crowd: { hasSign: false, isUntold: false, next: "this" } },
    process: { seed: 0.25 },
    expected: waiting("queue", NOW + 129 * SECOND, full),
  },
  {
    rule: "refusals that the job's own batches explain lengthen no pause",
    leaf: {
      refusals: [...refused([HOUR], { isExplained: true }), ...refused([0])],
    },
    queue: { crowd: { hasSign: false, isUntold: false, next: "this" } },
    expected: waiting("queue", NOW + MINUTE, full),
  },
  {
    rule:
      "only the first of those that were refused tries whether there is room",
    leaf: { refusals: refused([HOUR]) },
    queue: { crowd: { hasSign: false, isUntold: false, next: "other" } },
    expected: waiting("queue", Infinity, full),
  },
  {
    rule: "and it waits for what was created besides",
    leaf: { refusals: refused([HOUR]) },
    queue: { crowd: { hasSign: false, isUntold: true, next: "this" } },
    expected: waiting("queue", Infinity, full),
  },
  {
    rule: "where there is a sign of room, who was refused goes at once",
    leaf: { refusals: refused([0]) },
    queue: { crowd: { hasSign: true, isUntold: true, next: "other" } },
    expected: CREATE,
  },
  {
    rule: "who was not refused lets those go first that were",
    queue: { crowd: { hasSign: true, isUntold: false, next: "other" } },
    expected: waiting("queue", Infinity, full),
  },
  {
    rule: "then it follows a sign",
    queue: { crowd: { hasSign: true, isUntold: true, next: undefined } },
    expected: CREATE,
  },
  {
    rule: "or goes as the first",
    queue: { crowd: { hasSign: false, isUntold: false, next: undefined } },
    expected: CREATE,
  },
  {
    rule: "but not beside one that says nothing yet",
    queue: { crowd: { hasSign: false, isUntold: true, next: undefined } },
    expected: waiting("queue", Infinity, full),
  },
  {
    rule: "where there is no credit, only its own pause counts",
    leaf: { refusals: refused([0], { reason: "credit" }) },
    queue: { crowd: { hasSign: true, isUntold: false, next: "other" } },
    expected: waiting("credit", NOW + MINUTE, full),
  },

  // What never fits.
  {
    rule: "what exceeds the limit that is named is cut so that it fits",
    queue: { named: 999 },
    expected: { do: "slice", limit: 999 },
  },
  {
    rule: "what is as large as the limit is not",
    queue: { named: 1_000, queued: 0, isEmpty: true },
    expected: CREATE,
  },
  {
    rule: "nothing is cut before the last look",
    queue: { named: 999 },
    process: { listedAt: NOW - MINUTE },
    expected: { do: "look", since: NOW - 15 * SECOND },
  },
  {
    rule: "what seems to exceed it is counted as it is cut",
    leaf: { isCounted: false },
    queue: { named: 999, queued: 0, isEmpty: true },
    expected: { do: "slice", limit: 999 },
  },
  {
    rule: "but not again and again while others of the job run",
    leaf: { isCounted: false },
    queue: { named: 999, isMeasured: true },
    expected: waiting("queue", Infinity, full),
  },
  {
    rule:
      "a token is a byte at least: fewer bytes than the limit need no count",
    leaf: { isCounted: false, bytes: 900 },
    queue: { named: 900, queued: 0, isEmpty: true },
    expected: CREATE,
  },
  {
    rule: "after five refusals alone, over an hour, a leaf is cut in half",
    leaf: { refusals: FIVE_ALONE },
    expected: { do: "slice", limit: undefined },
  },
  {
    rule: "also where a limit is named that it does not exceed",
    leaf: { refusals: FIVE_ALONE },
    queue: { named: 1_000 },
    expected: { do: "slice", limit: undefined },
  },
  {
    rule: "four are not enough",
    leaf: { refusals: FIVE_ALONE.slice(1) },
    queue: { crowd: { hasSign: true, isUntold: false, next: "this" } },
    expected: CREATE,
  },
  {
    rule: "less than an hour is not enough",
    leaf: {
      refusals: refused([HOUR - 1, 4, 3, 2, 0], { isAlone: true }),
    },
    queue: { crowd: { hasSign: true, isUntold: false, next: "this" } },
    expected: CREATE,
  },
  {
    rule: "refusals while others of the job were queued do not count",
    leaf: { refusals: [...FIVE_ALONE.slice(1), ...refused([HOUR])] },
    queue: { crowd: { hasSign: true, isUntold: false, next: "this" } },
    expected: CREATE,
  },
  {
    rule: "what is as large as one that had to be cut is cut too",
    queue: { smallestCut: 4_000 },
    expected: { do: "slice", limit: undefined },
  },
  {
    rule: "what is smaller is tried",
    queue: { smallestCut: 4_001 },
    expected: CREATE,
  },
  {
    rule: "where a limit is named, that tells what fits",
    queue: { smallestCut: 4_000, named: 2_000 },
    expected: CREATE,
  },
  {
    rule: "one that was refused alone for so long waits its own pauses",
    leaf: { lines: 1, refusals: [...FIVE_ALONE, ...refused([0])] },
    expected: waiting("queue", NOW + 30 * MINUTE, full),
  },
  {
    rule: "and so it does beside others, though another one is next",
    leaf: { lines: 1, refusals: [...FIVE_ALONE, ...refused([0])] },
    queue: { crowd: { hasSign: false, isUntold: true, next: "other" } },
    expected: waiting("queue", NOW + 30 * MINUTE, full),
  },
  {
    rule: "one that fails does so for the last reason",
    leaf: {
      lines: 1,
      tokens: 1_000,
      refusals: [
        ...FIVE_ALONE,
        ...refused([0], {
          isAlone: true,
          error: { code: "token_limit_exceeded", message: "the last" },
        }),
      ],
    },
    queue: { named: 999, queued: 0, isEmpty: true },
    expected: {
      do: "fail",
      error: { code: "token_limit_exceeded", message: "the last" },
    },
  },
  {
    rule: "a single request that exceeds the limit is tried all the same",
    leaf: { lines: 1, refusals: refused([MINUTE], { isAlone: true }) },
    queue: { named: 999, queued: 0, isEmpty: true },
    expected: CREATE,
  },
  {
    rule: "after its own pauses, whatever others do",
    leaf: { lines: 1, refusals: refused([MINUTE - 1], { isAlone: true }) },
    queue: {
      queued: 0,
      isEmpty: true,
      crowd: { hasSign: true, isUntold: false, next: "other" },
    },
    expected: waiting("queue", NOW + 1, full),
  },
  {
    rule: "after five refusals alone it fails for good if it exceeds the limit",
    leaf: { lines: 1, refusals: FIVE_ALONE },
    queue: { named: 999, queued: 0, isEmpty: true },
    expected: { do: "fail", error: ERROR },
  },
  {
    rule: "but not before the last look",
    leaf: { lines: 1, refusals: FIVE_ALONE },
    queue: { named: 999, queued: 0, isEmpty: true },
    process: { listedAt: NOW - MINUTE },
    expected: { do: "look", since: NOW - 15 * SECOND },
  },
  {
    rule: "an estimate never fails a request: it is counted first",
    leaf: { lines: 1, refusals: FIVE_ALONE, isCounted: false },
    queue: { named: 999, queued: 0, isEmpty: true },
    expected: { do: "count" },
  },
  {
    rule: "one with no more bytes than the limit can't exceed it",
    leaf: { lines: 1, refusals: FIVE_ALONE, isCounted: false, bytes: 999 },
    queue: { named: 999, queued: 0, isEmpty: true },
    expected: waiting("queue", NOW + 30 * MINUTE, full),
  },
  {
    rule: "one that does not exceed it is tried on",
    leaf: { lines: 1, refusals: FIVE_ALONE },
    queue: { named: 1_000, queued: 0, isEmpty: true },
    expected: waiting("queue", NOW + 30 * MINUTE, full),
  },
  {
    rule: "for a day",
    leaf: {
      lines: 1,
      refusals: refused([24 * HOUR - 1, 4, 3, 2, 0], { isAlone: true }),
    },
    expected: waiting("queue", NOW + 30 * MINUTE, full),
  },
  {
    rule: "and then fails",
    leaf: {
      lines: 1,
      refusals: refused([24 * HOUR, 4, 3, 2, 0], { isAlone: true }),
    },
    expected: { do: "fail", error: ERROR },
  },
];

testRows(ROWS);
