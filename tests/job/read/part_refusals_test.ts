/** What reading makes of batches that were refused, and of slices. Each row is one rule. */

import { type Row, SETTLED, testRows } from "./_rows.ts";
import { MINUTE } from "./_part.ts";

const ROWS: Row[] = [
  {
    rule: "a batch that was refused fails all of it at once, for its reason",
    batches: [{ status: "failed", refuses: [0] }],
    expected: {
      results: { a: "bad_file", b: "bad_file", c: "bad_file" },
      done: true,
    },
  },
  {
    rule:
      "one that names a line fails only that, and the others lose no attempt",
    batches: [{ status: "failed", refuses: [2] }],
    expected: { results: { b: "bad_2" }, again: { a: 0, c: 0 }, rounds: 1 },
  },
  {
    rule: "the numbers of lines are those of a later file",
    batches: [
      { status: "failed", refuses: [1] },
      { round: 1, lines: 2, status: "failed", refuses: [1] },
    ],
    expected: {
      results: { a: "bad_1", b: "bad_1" },
      again: { c: 0 },
      rounds: 2,
    },
  },
  {
    rule:
      "and of the first one, also where another batch has answered some of it",
    batches: [
      { says: { a: 200 }, seen: SETTLED * MINUTE },
      { status: "failed", refuses: [2], seen: SETTLED * MINUTE },
    ],
    after: SETTLED,
    expected: { results: { a: "ok", b: "bad_2" }, again: { c: 1 }, rounds: 1 },
  },
  {
    rule: "which tells nothing where nobody knows what that file has",
    batches: [
      { status: "failed", refuses: [1] },
      { round: 1, lines: 1, status: "failed", refuses: [1] },
    ],
    expected: { results: { a: "bad_1" }, again: { b: 0, c: 0 }, rounds: 2 },
  },
  {
    rule: "a refusal that names the same line again fails the rest",
    batches: [
      { status: "failed", refuses: [2] },
      { round: 1, lines: 2, status: "failed", refuses: [9] },
    ],
    expected: { results: { b: "bad_2", a: "bad_9", c: "bad_9" }, done: true },
  },

  // Slices of two processes, of which one counts less.
  {
    rule: "what a slice of another process answers counts",
    lines: 4,
    batches: [
      { asks: [1, 2], says: { a: 200, b: 200 } },
      { asks: [3, 4], says: { c: 200, d: 200 } },
    ],
    expected: {
      results: { a: "ok", b: "ok", c: "ok", d: "ok" },
      done: true,
    },
  },
  {
    rule: "what no slice was asked is asked at once, and loses no attempt",
    lines: 4,
    batches: [{ asks: [2, 3], says: { b: 200, c: 200 } }],
    expected: {
      results: { b: "ok", c: "ok" },
      again: { a: 0, d: 0 },
      looks: [],
      rounds: 1,
    },
  },
  {
    rule: "what a slice was asked and has not answered may still come",
    lines: 4,
    batches: [{ asks: [2, 3], says: { b: 200 } }],
    expected: { results: { b: "ok" }, again: {}, looks: [SETTLED], rounds: 0 },
  },
  {
    rule: "and was asked once then, the others not",
    lines: 4,
    batches: [
      { asks: [2, 3], says: { b: 200 }, seen: SETTLED * MINUTE },
    ],
    after: SETTLED,
    expected: {
      results: { b: "ok" },
      again: { a: 0, c: 1, d: 0 },
      rounds: 1,
    },
  },
  {
    rule: "a slice that is refused fails only what it was asked",
    lines: 4,
    batches: [
      { asks: [1, 2], says: { a: 200, b: 200 } },
      { asks: [3, 3], status: "failed", refuses: [0] },
    ],
    expected: {
      results: { a: "ok", b: "ok", c: "bad_file" },
      again: { d: 0 },
      rounds: 1,
    },
  },
  {
    rule: "the lines that it names are counted from its first one",
    lines: 4,
    batches: [
      { asks: [1, 2], says: { a: 200, b: 200 } },
      { asks: [3, 4], status: "failed", refuses: [2] },
    ],
    expected: {
      results: { a: "ok", b: "ok", d: "bad_2" },
      again: { c: 0 },
      rounds: 1,
    },
  },
  {
    rule: "a slice of a later round asks what is open of its range",
    lines: 4,
    batches: [
      { says: { a: 500, b: 200, c: 500, d: 500 } },
      { round: 1, asks: [1, 3], lines: 2, says: { a: 200, c: 200 } },
    ],
    expected: {
      results: { a: "ok", b: "ok", c: "ok" },
      again: { d: 1 },
      looks: [],
      rounds: 2,
    },
  },
  {
    rule: "and names lines of that",
    lines: 4,
    batches: [
      { says: { a: 500, b: 200, c: 500, d: 500 } },
      { round: 1, asks: [1, 3], lines: 2, status: "failed", refuses: [2] },
    ],
    expected: {
      results: { b: "ok", c: "bad_2" },
      again: { a: 1, d: 1 },
      rounds: 2,
    },
  },
  {
    rule: "where another process knew other answers, it tells of no line",
    lines: 4,
    batches: [
      { says: { a: 500, b: 200, c: 500, d: 500 } },
      { round: 1, asks: [1, 3], lines: 3, says: { a: 200 } },
    ],
    expected: {
      results: { a: "ok", b: "ok" },
      again: { c: 1, d: 1 },
      looks: [],
      rounds: 2,
    },
  },
  {
    rule: "what one process has asked on is not over for the other one",
    lines: 2,
    batches: [
      { asks: [1, 1], says: { a: 500 } },
      { says: { b: 200 }, seen: SETTLED * MINUTE },
      { round: 1, lines: 1, says: { a: 200 } },
    ],
    after: SETTLED,
    maxAttempts: 1,
    expected: { results: { a: "ok", b: "ok" }, done: true },
  },
  // What is paid, and what is said more than once.
];

testRows(ROWS);
