/**
 * What a job's batches tell of the queue of their model: each row is one rule.
 *
 * @module
 */

import { assert, test } from "../../_support/prelude.ts";
import { ModelQueues } from "../../../src/job/send/model_queue.ts";
import type { QueueFacts } from "../../../src/job/send/facts.ts";
import {
  CLOCK,
  FULL,
  MODEL,
  named,
  NOW,
  type Row,
  setUp,
} from "./_model_queue.ts";

const ROWS: Row[] = [
  // By count.
  {
    rule: "tokens of what runs are added up",
    parts: [
      { tokens: 3, ran: [{ from: 60 }] },
      { tokens: 4, ran: [{ from: 60 }] },
      { tokens: 5, ran: [{ from: 60, until: 10 }] },
      { tokens: 6 },
    ],
    expected: { active: 2, queued: 7, isEmpty: false },
  },
  {
    rule: "those of another model are not",
    parts: [{ tokens: 3, model: "gpt-5", ran: [{ from: 60 }] }, { tokens: 6 }],
    expected: { active: 1, queued: 0, isEmpty: true },
  },
  {
    rule: "those that may be of this model are",
    parts: [{ tokens: 3, model: undefined, ran: [{ from: 60 }] }, {
      tokens: 6,
    }],
    expected: { active: 1, queued: 3, isEmpty: false },
  },
  {
    rule: "what nobody counted has a token for four bytes",
    parts: [{ bytes: 401, ran: [{ from: 60 }] }, {}],
    expected: { queued: 101, isMeasured: false },
  },
  {
    rule: "the caller's limit goes by model",
    parts: [{ tokens: 3 }],
    limits: { maxEnqueuedTokens: { [MODEL]: 7, "gpt-5": 8 } },
    expected: { given: 7 },
  },
  {
    rule: "what the caller says of all models holds for each",
    parts: [{ tokens: 3 }],
    limits: { maxEnqueuedTokens: 7, maxActiveBatches: 2 },
    expected: { given: 7, maxActive: 2 },
  },

  // What a refusal says.
  {
    rule: "a refusal names the limit",
    parts: [{ refused: [{ at: 5, message: named("2,000,000") }] }, {}],
    expected: { named: 2_000_000, message: named("2,000,000") },
  },
  ...([["30K", 30_000], ["1.5M", 1_500_000], ["0.01B", 10_000_000]] as const)
    .map(([text, limit]): Row => ({
      rule: `at Azure as "limit of ${text}"`,
      parts: [{
        refused: [{ at: 5, message: `the configured limit of ${text} for it` }],
      }],
      expected: { named: limit },
    })),
  {
    rule: "the last one that names any counts",
    parts: [{
      refused: [{ at: 9, message: named("100") }, {
        at: 5,
        message: named("90"),
      }, { at: 1 }],
    }, {}],
    expected: { named: 90, message: FULL },
  },
  {
    rule: "that of another model says nothing",
    parts: [
      { model: "gpt-5", refused: [{ at: 5, message: named("100") }] },
      {},
    ],
    expected: { named: undefined, crowd: undefined },
  },

  // Whether others use the queue too.
  {
    rule:
      "a refusal that the job's own batches explain says nothing about other programs",
    parts: [
      { tokens: 60, ran: [{ from: 60 }] },
      { tokens: 41, refused: [{ at: 5, message: named("100") }] },
    ],
    expected: { crowd: undefined },
  },
  {
    rule: "one of what would have fitted does",
    parts: [
      { tokens: 60, ran: [{ from: 60 }] },
      { tokens: 40, refused: [{ at: 5, message: named("100") }] },
    ],
    expected: { crowd: { hasSign: false, isUntold: false, next: "this" } },
  },
  {
    rule: "so does one that names no limit",
    parts: [
      { tokens: 60, ran: [{ from: 60 }] },
      { tokens: 41, refused: [{ at: 5 }] },
    ],
    expected: { crowd: { hasSign: false, isUntold: false, next: "this" } },
  },
  {
    rule: "what is as large as the limit would have fitted alone",
    parts: [{ tokens: 100, refused: [{ at: 5, message: named("100") }] }],
    expected: { crowd: { hasSign: false, isUntold: false, next: "this" } },
  },
  {
    rule: "a refusal without a word is one",
    parts: [{ refused: [{ at: 5, message: "" }] }],
    expected: { message: undefined, named: undefined },
  },
  {
    rule: "what is larger than the limit tells nothing",
    parts: [{ tokens: 101, refused: [{ at: 5, message: named("100") }] }],
    expected: { crowd: undefined },
  },
  {
    rule: "what had ended by then explains nothing",
    parts: [
      { tokens: 60, ran: [{ from: 60, until: 6 }] },
      { tokens: 41, refused: [{ at: 5, message: named("100") }] },
    ],
    expected: { crowd: { hasSign: false, isUntold: false, next: "this" } },
  },
  {
    rule: "what was created at that very moment explains it",
    parts: [
      { tokens: 60, ran: [{ from: 5 }] },
      { tokens: 41, refused: [{ at: 5, message: named("100") }] },
    ],
    expected: { crowd: undefined },
  },
  {
    rule: "what was created later explains nothing",
    parts: [
      { tokens: 60, ran: [{ from: 4 }] },
      { tokens: 41, refused: [{ at: 5, message: named("100") }] },
    ],
    expected: { crowd: { hasSign: true, isUntold: false, next: "this" } },
  },
  {
    rule: "the first one that was refused is the next one",
    parts: [{ refused: [{ at: 5 }] }, { refused: [{ at: 5 }] }],
    expected: { crowd: { hasSign: false, isUntold: false, next: "other" } },
  },
  {
    rule: "none is where those that were refused run by now",
    parts: [{ refused: [{ at: 9 }], ran: [{ from: 60 }] }, {}],
    expected: { crowd: { hasSign: false, isUntold: false, next: undefined } },
  },

  // Signs of room.
  {
    rule: "a batch that ended since then is a sign",
    parts: [{ ran: [{ from: 60, until: 4 }] }, { refused: [{ at: 5 }] }],
    expected: { crowd: { hasSign: true, isUntold: false, next: "this" } },
  },
  {
    rule: "for one that follows",
    parts: [
      { ran: [{ from: 60, until: 4 }] },
      { ran: [{ from: 3, isValidating: true }] },
      { refused: [{ at: 5 }] },
    ],
    expected: { crowd: { hasSign: false, isUntold: true, next: "this" } },
  },
  {
    rule: "one that got in since then besides is a sign for another one",
    parts: [{ ran: [{ from: 4 }] }, { refused: [{ at: 5 }] }],
    expected: { crowd: { hasSign: true, isUntold: false, next: "this" } },
  },
  {
    rule: "so that after two that got in two may follow",
    parts: [
      { ran: [{ from: 4 }] },
      { ran: [{ from: 4 }] },
      { ran: [{ from: 2, isValidating: true }] },
      { refused: [{ at: 5 }] },
    ],
    expected: { crowd: { hasSign: true, isUntold: true, next: "this" } },
  },
  {
    rule: "and not three",
    parts: [
      { ran: [{ from: 4 }] },
      { ran: [{ from: 4 }] },
      { ran: [{ from: 2, isValidating: true }] },
      { ran: [{ from: 2, isValidating: true }] },
      { refused: [{ at: 5 }] },
    ],
    expected: { crowd: { hasSign: false, isUntold: true, next: "this" } },
  },
  {
    rule: "one that validates says nothing yet",
    parts: [
      { ran: [{ from: 599, isValidating: true }] },
      { refused: [{ at: 700 }] },
    ],
    expected: { crowd: { hasSign: false, isUntold: true, next: "this" } },
  },
  {
    rule: "for ten minutes",
    parts: [
      { ran: [{ from: 600, isValidating: true }] },
      { refused: [{ at: 700 }] },
    ],
    expected: { crowd: { hasSign: true, isUntold: false, next: "this" } },
  },

  // What had to be cut.
  {
    rule: "the smallest that had to be cut is remembered",
    parts: [
      { bytes: 300, refused: [{ at: 5 }], isCut: true },
      { bytes: 200, refused: [{ at: 5 }], isCut: true },
      { bytes: 400 },
    ],
    expected: { smallestCut: 200 },
  },
  {
    rule: "one whose file is gone tells nothing",
    parts: [
      { bytes: 0, refused: [{ at: 5 }], isCut: true },
      { bytes: 300, refused: [{ at: 5 }], isCut: true },
      { bytes: 400 },
    ],
    expected: { smallestCut: 300 },
  },
  {
    rule: "one of another model is not",
    parts: [
      { bytes: 200, model: "gpt-5", refused: [{ at: 5 }], isCut: true },
      { bytes: 400, refused: [{ at: 5 }] },
    ],
    expected: { smallestCut: Infinity },
  },
];

for (const { rule, parts: given, limits = {}, expected } of ROWS) {
  test(`the queue of a model: ${rule}`, () => {
    const parts = setUp(given);
    const part = parts.get(given.length - 1);
    const queues = new ModelQueues(parts, limits, CLOCK);
    const facts = queues.factsOf(part, part.round(0));
    const seen = Object.fromEntries(
      Object.keys(expected).map((name) => [
        name,
        facts[name as keyof QueueFacts],
      ]),
    );
    assert.deepEqual(seen, expected);
  });
}

test("what was counted of one file tells how many tokens another one has", () => {
  const parts = setUp([{ bytes: 1_000 }, { bytes: 500 }]);
  const queues = new ModelQueues(parts, {}, CLOCK);
  const [one, other] = [parts.get(0), parts.get(1)];
  queues.note(one, one.round(0), 100);
  assert.equal(queues.tokensOf(other, other.round(0)), 50);
  assert.equal(queues.factsOf(other, other.round(0)).isMeasured, true);
});

test("what can't be counted keeps its estimate", () => {
  const parts = setUp([{ bytes: 1_000 }]);
  const queues = new ModelQueues(parts, {}, CLOCK);
  const part = parts.get(0);
  queues.note(part, part.round(0), undefined);
  assert.equal(part.round(0).tokens, 250);
});

test("a refusal says whether the job's own batches were queued, and explain it", () => {
  const message = named("100");
  const parts = setUp([
    { tokens: 60, ran: [{ from: 60, until: 20 }] },
    { tokens: 41, refused: [{ at: 30, message }, { at: 20, message }] },
  ]);
  const queues = new ModelQueues(parts, {}, CLOCK);
  const part = parts.get(1);
  const refusals = queues.refusalsOf(part, part.round(0), part.tag);
  assert.deepEqual(
    refusals.map(({ reason, at, isAlone, isExplained }) => ({
      reason,
      at: NOW - at,
      isAlone,
      isExplained,
    })),
    [
      { reason: "queue", at: 30_000, isAlone: false, isExplained: true },
      { reason: "queue", at: 20_000, isAlone: true, isExplained: false },
    ],
  );
});

test("what is refused alone is not explained by the job's own batches", () => {
  const parts = setUp([
    { tokens: 101, refused: [{ at: 5, message: named("100") }] },
  ]);
  const part = parts.get(0);
  const queues = new ModelQueues(parts, {}, CLOCK);
  const [refusal] = queues.refusalsOf(part, part.round(0), part.tag);
  assert.deepEqual([refusal!.isAlone, refusal!.isExplained], [true, false]);
});
