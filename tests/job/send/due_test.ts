/**
 * What is due of a leaf: each row is one rule. A constant or a comparison that
 * changes fails one of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import test from "node:test";
import {
  type Due,
  due,
  type LeafFacts,
  type ProcessFacts,
  type QueueFacts,
} from "../../../src/job/send/due.ts";
import type { Refusal } from "../../../src/job/send/queue.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 0, 1);

/** A leaf that can be created at once, in a process that has seen everything. */
const LEAF: LeafFacts = {
  needsFile: false,
  isRest: false,
  lines: 10,
  bytes: 4_000,
  tokens: 1_000,
  isCounted: true,
  refusals: [],
  uploadedAt: -Infinity,
  unansweredSince: -Infinity,
  misses: 0,
  isPending: false,
  pendingUntil: -Infinity,
};

const QUEUE: QueueFacts = {
  active: 1,
  maxActive: undefined,
  queued: 1_000,
  isEmpty: false,
  given: undefined,
  named: undefined,
  isMeasured: false,
  smallestCut: Infinity,
  crowd: undefined,
  message: "full",
};

const PROCESS: ProcessFacts = {
  certainAt: NOW - HOUR,
  stays: true,
  settleTime: 30 * SECOND,
  listedAt: NOW,
  cancelledAt: -Infinity,
  refused: undefined,
  hasClaim: false,
  claimableAt: Infinity,
  begunAt: NOW,
  seed: 0,
};

interface Row {
  rule: string;
  leaf?: Partial<LeafFacts>;
  queue?: Partial<QueueFacts>;
  process?: Partial<ProcessFacts>;
  expected: Due;
}

const ERROR = { code: "token_limit_exceeded", message: "full" };

/** Refusals at these times before now, the last one first said. */
function refused(
  ages: readonly number[],
  like: Partial<Refusal> = {},
): Refusal[] {
  return ages.map((age) => ({
    reason: "queue",
    at: NOW - age,
    message: "full",
    error: ERROR,
    isAlone: false,
    isExplained: false,
    ...like,
  }));
}

const CREATE: Due = { do: "create" };

function waiting(
  reason: Extract<Due, { do: "wait" }>["wait"]["reason"],
  until: number,
  { message, isUncertain = false }: {
    message?: string;
    isUncertain?: boolean;
  } = {},
): Due {
  return { do: "wait", wait: { reason, until, message }, isUncertain };
}

const full = { message: "full" };
const uncertain = { isUncertain: true };

/** Nobody else can be to blame: five times, over an hour, with nothing else queued. */
const FIVE_ALONE = refused([
  HOUR,
  HOUR - MINUTE,
  HOUR - 2 * MINUTE,
  HOUR - 3 * MINUTE,
  0,
], { isAlone: true });

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
    rule: "a create without an answer is waited for likewise",
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

for (const { rule, leaf, queue, process, expected } of ROWS) {
  test(`due: ${rule}`, () => {
    const actual = due(
      { ...LEAF, ...leaf },
      { ...QUEUE, ...queue },
      { ...PROCESS, ...process },
      NOW,
    );
    assert.deepEqual(actual, expected);
  });
}
