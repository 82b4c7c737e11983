/** What is due of a leaf before the queue counts: its file, what others may have created, and the right to create. Each row is one rule. */

import {
  CREATE,
  ERROR,
  full,
  HOUR,
  MINUTE,
  NOW,
  refused,
  type Row,
  SECOND,
  testRows,
  uncertain,
  waiting,
} from "./_due.ts";

const ROWS: Row[] = [
  { rule: "what nothing is in the way of is created", expected: CREATE },

  // What is made first.
  {
    rule: "a round without a file gets one",
    leaf: { needsFile: true },
    expected: { do: "file", limit: Infinity },
  },
  {
    rule: "what a slice has left is sliced as it fits",
    leaf: { isRest: true },
    queue: { named: 999 },
    expected: { do: "slice", limit: 999 },
  },
  {
    rule: "in one slice where no limit is known",
    leaf: { isRest: true },
    expected: { do: "slice", limit: Infinity },
  },
  {
    rule: "not while another process may be at it",
    leaf: { isRest: true, uploadedAt: NOW - 30 * SECOND + 1 },
    expected: waiting("lists", NOW + 1, uncertain),
  },
  {
    rule: "and after a last look",
    leaf: { isRest: true, uploadedAt: NOW - 30 * SECOND },
    process: { listedAt: NOW - 1 },
    expected: { do: "look", since: NOW },
  },
  {
    rule: "as large as fits",
    leaf: { needsFile: true },
    queue: { named: 999 },
    expected: { do: "file", limit: 999 },
  },
  {
    rule: "what only a record tells is listed before a file is made",
    leaf: { needsFile: true },
    process: { listedAt: -Infinity },
    expected: { do: "look", since: -Infinity },
  },
  {
    rule: "a file is made though creates are refused",
    leaf: { needsFile: true },
    process: {
      refused: {
        reason: "queue",
        until: NOW + 1,
        message: "429",
        isFirst: true,
      },
    },
    expected: { do: "file", limit: Infinity },
  },

  // Creates that are refused with 429.
  {
    rule: "after a create that was refused, none is tried for a while",
    process: {
      refused: {
        reason: "queue",
        until: NOW + 1,
        message: "429",
        isFirst: true,
      },
    },
    expected: waiting("queue", NOW + 1, { message: "429", isUncertain: true }),
  },
  {
    rule: "the second refusal counts as a full queue, and so as sent",
    process: {
      refused: {
        reason: "queue",
        until: NOW + 1,
        message: "429",
        isFirst: false,
      },
    },
    expected: waiting("queue", NOW + 1, { message: "429" }),
  },
  {
    rule: "then it is tried again",
    process: {
      refused: { reason: "queue", until: NOW, message: "429", isFirst: true },
    },
    expected: CREATE,
  },

  // What somebody else may have created.
  {
    rule: "who stays waits until everything of earlier processes shows",
    process: { certainAt: NOW + 1 },
    expected: waiting("lists", NOW + 1, uncertain),
  },
  {
    rule: "then it looks once more",
    process: { certainAt: NOW, listedAt: NOW - 1 },
    expected: { do: "look", since: NOW },
  },
  {
    rule: "a file of another process is left alone for settleTime",
    leaf: { uploadedAt: NOW - 30 * SECOND + 1 },
    expected: waiting("lists", NOW + 1, uncertain),
  },
  {
    rule: "and looked for after it",
    leaf: { uploadedAt: NOW - 30 * SECOND },
    process: { listedAt: NOW - 1 },
    expected: { do: "look", since: NOW },
  },
  {
    rule: "it waits for a create without an answer, too",
    leaf: { unansweredSince: NOW - 30 * SECOND + 1 },
    expected: waiting("lists", NOW + 1, uncertain),
  },
  {
    rule: "a batch that was cancelled may mean a job that is",
    process: { cancelledAt: NOW - 30 * SECOND + 1 },
    expected: waiting("lists", NOW + 1, uncertain),
  },
  {
    rule: "what was listed half of settleTime ago is new enough",
    process: { listedAt: NOW - 15 * SECOND },
    expected: CREATE,
  },
  {
    rule: "what was listed before is not",
    process: { listedAt: NOW - 15 * SECOND - 1 },
    expected: { do: "look", since: NOW - 15 * SECOND },
  },
  {
    rule: "a look that took long is not repeated",
    process: { listedAt: NOW - HOUR, begunAt: NOW - HOUR },
    expected: CREATE,
  },
  {
    rule: "of two waits, the longer one is named",
    leaf: { refusals: refused([0]) },
    process: { certainAt: NOW + 1 },
    expected: waiting("queue", NOW + MINUTE, { ...full, ...uncertain }),
  },

  {
    rule: "of equals, the lists",
    leaf: { refusals: refused([MINUTE - 1]) },
    process: { certainAt: NOW + 1 },
    expected: waiting("lists", NOW + 1, uncertain),
  },

  // The right to create.
  {
    rule: "who was woken up for one step takes a claim",
    process: { stays: false, certainAt: NOW + 1 },
    expected: { do: "claim" },
  },
  {
    rule: "a claim ripens",
    process: { stays: false, certainAt: NOW + HOUR, claimableAt: NOW + 1 },
    expected: waiting("claim", NOW + 1, uncertain),
  },
  {
    rule: "and is taken",
    process: { stays: false, certainAt: NOW + HOUR, claimableAt: NOW },
    expected: { do: "claim" },
  },
  {
    rule: "with it, the batch is created",
    process: { stays: false, certainAt: NOW + HOUR, hasClaim: true },
    expected: CREATE,
  },
  {
    rule: "and looks once more at that moment, though it does not stay",
    process: { stays: false, certainAt: NOW, listedAt: NOW - 1 },
    expected: { do: "look", since: NOW },
  },
  {
    rule: "who was here long enough needs none",
    process: { stays: false, certainAt: NOW },
    expected: CREATE,
  },

  // The file.
  {
    rule: "a file that was not found three times is tried again",
    leaf: { misses: 3 },
    expected: CREATE,
  },
  {
    rule: "after four times it is uploaded once more",
    leaf: { misses: 4 },
    expected: { do: "upload" },
  },
  {
    rule: "a file that is pending is asked for",
    leaf: { isPending: true, pendingUntil: NOW },
    expected: { do: "inspect" },
  },
  {
    rule: "and waited for",
    leaf: { isPending: true, pendingUntil: NOW + 1 },
    expected: waiting("file", NOW + 1, {
      message: "OpenAI still looks at an uploaded file",
      isUncertain: true,
    }),
  },
  ...[30, 60, 120, 300, 600, 1_800, 1_800].map((seconds, i): Row => ({
    rule: `a file that was not found ${
      i + 1
    } times is tried ${seconds} s later`,
    leaf: { refusals: refused(Array(i + 1).fill(1), { reason: "file" }) },
    expected: waiting("file", NOW - 1 + seconds * SECOND, full),
  })),
  {
    rule: "a file that was not found for six hours is given up",
    leaf: {
      refusals: refused([5 * HOUR, 4 * HOUR, 3 * HOUR, 2 * HOUR, HOUR, 0], {
        reason: "file",
      }).concat(refused([-31 * MINUTE], { reason: "file" })),
    },
    expected: { do: "fail", error: ERROR },
  },
  {
    rule: "one that was not found for a little less is not",
    leaf: {
      refusals: refused([5 * HOUR, 4 * HOUR, 3 * HOUR, 2 * HOUR, HOUR, 0], {
        reason: "file",
      }).concat(refused([-30 * MINUTE], { reason: "file" })),
    },
    expected: waiting("file", NOW + HOUR, full),
  },
  {
    rule: "two tries count for an hour at most",
    leaf: { refusals: refused([9 * HOUR, 31 * MINUTE], { reason: "file" }) },
    expected: CREATE,
  },
  {
    rule: "other refusals tell nothing of the file",
    leaf: {
      refusals: [
        ...refused([8 * HOUR], { reason: "file" }),
        ...refused([HOUR]),
      ],
    },
    expected: CREATE,
  },
];

testRows(ROWS);
