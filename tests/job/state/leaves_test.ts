/**
 * Which slices of a part are asked by themselves, whatever shows of them and
 * in which order: each line is in one of them.
 *
 * @module
 */

import type { Batch } from "@offpeak/openai-batch";
import { assert, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";
import { Parts } from "../../../src/job/state/parts.ts";
import { parseSlice } from "../../../src/job/state/slice.ts";

const DIGEST = "0123456789abcdef";

/** "whole", or lines, as a file; with a number before it as a batch created then; "r1" behind it in a later round. */
type Event = string;

interface Row {
  rule: string;
  events: Event[];
  /** The leaves, and how many batches of the first round each knows. */
  expected: Record<string, number>;
}

function leavesAfter(events: readonly Event[]): Record<string, number> {
  const parts = new Parts("night", stoppedClock());
  for (const event of events) show(parts, event);
  return Object.fromEntries(
    parts.leaves.map((
      { key, rounds },
    ) => [key, rounds[0]?.batches.length ?? 0]),
  );
}

function show(parts: Parts, event: Event): void {
  const [, time, range, round = 0] =
    /^(?:(\d+) )?(\S+)(?: r(\d))?$/.exec(event) ?? [];
  const slice = parseSlice(range);
  const lines = slice ? slice.last - slice.first + 1 : 40;
  const id = `${range} ${round}`;
  const tag = {
    job: "night",
    part: 0,
    slice,
    round: Number(round),
    lines,
    digest: DIGEST,
    last: false,
  };
  const file = {
    id: `file ${id}`,
    object: "file" as const,
    bytes: 1,
    created_at: 1,
    filename: id,
    purpose: "batch",
  };
  if (!time) return void parts.addFile(file, tag, false);
  const batch = {
    id: `batch ${id}`,
    endpoint: "/v1/chat/completions",
    input_file_id: file.id,
    status: "in_progress",
    created_at: Number(time),
  } as Batch;
  parts.note(parts.get(0, slice), tag.round, batch, false);
}

const ROWS: Row[] = [
  {
    rule: "a part is one leaf",
    events: ["whole"],
    expected: { "0": 0 },
  },
  {
    rule: "slices take its place",
    events: ["whole", "1-20", "21-40"],
    expected: { "0.l1-20": 0, "0.l21-40": 0 },
  },
  {
    rule: "in whichever order they show",
    events: ["21-40", "1-20", "whole"],
    expected: { "0.l1-20": 0, "0.l21-40": 0 },
  },
  {
    rule: "what they leave is a leaf too",
    events: ["whole", "11-20"],
    expected: { "0.l1-10": 0, "0.l11-20": 0, "0.l21-40": 0 },
  },
  {
    rule: "also before the whole part shows",
    events: ["11-20", "whole"],
    expected: { "0.l1-10": 0, "0.l11-20": 0, "0.l21-40": 0 },
  },
  {
    rule: "a slice is cut likewise",
    events: ["whole", "1-20", "21-40", "1-10", "11-20"],
    expected: { "0.l1-10": 0, "0.l11-20": 0, "0.l21-40": 0 },
  },
  {
    rule: "also if its slices show first",
    events: ["11-20", "1-10", "21-40", "1-20", "whole"],
    expected: { "0.l1-10": 0, "0.l11-20": 0, "0.l21-40": 0 },
  },
  {
    rule: "a file of lines that others have cut in another way changes nothing",
    events: ["whole", "1-20", "21-40", "11-30"],
    expected: { "0.l1-20": 0, "0.l21-40": 0 },
  },
  {
    rule: "what runs is not cut any more",
    events: ["whole", "1 whole", "1-20"],
    expected: { "0": 1 },
  },
  {
    rule: "a slice that runs besides is known to it",
    events: ["whole", "1 whole", "1-20", "2 1-20"],
    expected: { "0": 2 },
  },
  {
    rule: "a whole part that runs besides is known to all of its slices",
    events: ["whole", "1-20", "21-40", "2 1-20", "3 whole"],
    expected: { "0.l1-20": 2, "0.l21-40": 1 },
  },
  {
    rule: "where slices overlap, what runs stays, and what does not is cut",
    events: ["whole", "1-20", "21-40", "1 1-20", "11-30", "2 11-30"],
    expected: { "0.l1-20": 2, "0.l21-30": 1, "0.l31-40": 0 },
  },
  {
    rule: "where both run, both stay",
    events: ["whole", "1-20", "21-40", "1 1-20", "1 21-40", "2 11-30"],
    expected: { "0.l1-20": 2, "0.l21-40": 2 },
  },
  {
    rule: "a later round cuts nothing",
    events: ["whole", "1 whole", "whole r1", "1-20 r1", "2 1-20 r1"],
    expected: { "0": 1 },
  },
  {
    rule: "nor before the first one shows",
    events: ["1-20 r1", "2 1-20 r1", "whole", "1 whole"],
    expected: { "0": 1 },
  },
  {
    rule: "a slice beyond the part is nothing of it",
    events: ["whole", "50-60"],
    expected: { "0": 0 },
  },
];

for (const { rule, events, expected } of ROWS) {
  test(`leaves: ${rule}`, () => {
    assert.deepEqual(leavesAfter(events), expected);
  });
}

test("a slice of a later round is one more batch of its leaf, which says what it asks", () => {
  const parts = new Parts("night", stoppedClock());
  for (const event of ["whole", "1 whole", "1-20 r1", "2 1-20 r1"]) {
    show(parts, event);
  }
  const [leaf] = parts.leaves;
  const [batch] = leaf!.rounds[1]!.batches;
  assert.deepEqual(leaf!.rounds[1]!.asksOf(batch!), { first: 1, last: 20 });
  assert.equal(leaf!.rounds[1]!.files.length, 1);
});
