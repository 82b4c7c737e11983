/** How the requests of a job are counted, for its status and for the bars. */

import type { ProgressEvent } from "../../../src/progress/mod.ts";
import type { InputState } from "../../../src/job/state/input_state.ts";
import type { Part } from "../../../src/job/state/part.ts";
import type { Parts } from "../../../src/job/state/parts.ts";
import { Totals } from "../../../src/job/totals.ts";
import { assert, options, test } from "../../_support/prelude.ts";

interface Leaf {
  lines: number;
  succeeded?: number;
  failed?: number;
  settled?: boolean;
  done?: boolean;
  batches?: number;
}

/** A job of these parts, and its input where that is here. */
function totalsOf(
  leaves: Leaf[],
  input?: { prepared: number; total: number | undefined; refused?: number },
): Totals {
  const parts = leaves.map(({ lines, settled, done = false, ...leaf }) => {
    const { succeeded = 0, failed = 0, batches = 0 } = leaf;
    const counts = { succeeded, failed };
    return {
      lines,
      counts,
      settled: settled ? counts : undefined,
      reading: { done },
      batches: Array(batches).fill({}),
    } as unknown as Part;
  });
  const state = input && { ...input, refused: Array(input.refused ?? 0) };
  return new Totals(
    { leaves: parts } as unknown as Parts,
    state as unknown as InputState | undefined,
  );
}

/** What the bars get. */
function eventsOf(totals: Totals): string[] {
  const events: ProgressEvent[] = [];
  totals.onProgress = (event) => void events.push(event);
  totals.report();
  return events.map(({ phase, done, total }) => `${phase} ${done}/${total}`);
}

for (
  const [rule, leaves, input, requests] of [
    [
      "all are those of the files where the input is not here",
      [{ lines: 3, succeeded: 1, failed: 1 }, { lines: 2 }],
      undefined,
      [5, 1, 1, 3],
    ],
    [
      "all are those of the input where it tells",
      [{ lines: 3, succeeded: 1 }],
      { prepared: 3, total: 9 },
      [9, 1, 0, 8],
    ],
    ["what fits in no part has failed", [{ lines: 3, failed: 1 }], {
      prepared: 5,
      total: 5,
      refused: 2,
    }, [5, 0, 3, 2]],
    [
      "as many as were read are known until the input has ended",
      [{ lines: 3, succeeded: 2 }],
      { prepared: 4, total: undefined },
      [4, 2, 0, 2],
    ],
    [
      "or as many as are answered already",
      [{ lines: 3, succeeded: 2, failed: 1 }],
      { prepared: 1, total: undefined },
      [3, 2, 1, 0],
    ],
  ] as [string, Leaf[], Parameters<typeof totalsOf>[1], number[]][]
) {
  test(`requests are counted: ${rule}`, options, () => {
    const { total, succeeded, failed, open } = totalsOf(leaves, input).requests;
    assert.deepEqual([total, succeeded, failed, open], requests);
  });
}

test("a part is done once it is settled, or read to its end", options, () => {
  const totals = totalsOf([
    { lines: 1, settled: true },
    { lines: 1, done: true },
    { lines: 1 },
  ]);
  assert.deepEqual(totals.parts, { total: 3, done: 2 });
  assert.equal(totals.isThrough, false);
  assert.equal(totalsOf([{ lines: 1, done: true }]).isThrough, true);
});

test("the bars show what was prepared, sent and processed", options, () => {
  const leaves = [
    { lines: 3, succeeded: 1, failed: 1, batches: 1 },
    { lines: 2 },
  ];
  const input = { prepared: 6, total: 9, refused: 1 };
  assert.deepEqual(eventsOf(totalsOf(leaves, input)), [
    "Preparing 6/9",
    "Sending 3/8",
    "Processing 2/8",
  ]);
});

test("without the input there is nothing to prepare", options, () => {
  assert.deepEqual(eventsOf(totalsOf([{ lines: 3, succeeded: 1 }])), [
    "Sending 0/3",
    "Processing 1/3",
  ]);
  assert.deepEqual(eventsOf(totalsOf([])), ["Sending 0/0"]);
});

test("as long as the input does not tell, there is no total", options, () => {
  const input = { prepared: 2, total: undefined };
  assert.deepEqual(eventsOf(totalsOf([{ lines: 2 }], input)), [
    "Preparing 2/undefined",
    "Sending 0/undefined",
    "Processing 0/undefined",
  ]);
});

test("without a display nothing is counted", options, () => {
  const totals = new Totals({
    get leaves(): never {
      throw new Error("counted");
    },
  } as unknown as Parts, undefined);
  totals.report();
  totals.reportProcessing();
});
