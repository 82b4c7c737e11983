/** What is run next of a leaf: its file, one that must be made first, or nothing for now. */

import type { Batch, FileObject } from "@offpeak/openai-batch";
import { nextOf } from "../../../src/job/send/next.ts";
import type { Part } from "../../../src/job/state/part.ts";
import { Parts } from "../../../src/job/state/parts.ts";
import type { Held } from "../../../src/job/state/read_state.ts";
import type { Tag } from "../../../src/job/state/tag.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

const TAG: Tag = {
  job: "night",
  part: 0,
  slice: undefined,
  round: 0,
  lines: 3,
  digest: "0123456789abcdef",
  last: false,
};
const LATER: Tag = { ...TAG, round: 1, lines: 2 };

function start() {
  const parts = new Parts("night", stoppedClock());
  const add = (tag: Tag, hasBatch = false) => {
    const id = `file_${parts.files.size}`;
    const file = { id, object: "file", created_at: 1, bytes: 1 };
    parts.addFile(
      { ...file, filename: id, purpose: "batch" } as FileObject,
      tag,
      true,
    );
    const batch = {
      id: `batch of ${id}`,
      input_file_id: id,
      created_at: 1,
      status: "in_progress",
    };
    if (hasBatch) parts.see(batch as unknown as Batch, false);
  };
  return { parts, add };
}

/** Its first round was read, and leaves so many requests open. */
function leave(part: Part, open: number): void {
  const lines = Array.from({ length: open }, (_, line) => line);
  const held = new Map(lines.map((line) => [`${line}`, { line } as Held]));
  part.reading = { ...part.reading, rounds: 1, held };
}

/** Which round of it, and how many lines its file has; 0 if it must be made. */
function next(part: Part): [round: number, lines: number] | undefined {
  const found = nextOf(part);
  assert.ok(!found || found.part === part);
  const round = part.nextRound;
  return found && [round, found.tag?.lines ?? 0];
}

test(
  "a part with a file is run, one without waits for its own",
  options,
  () => {
    const { parts, add } = start();
    assert.equal(next(parts.get(0)), undefined);
    add(TAG);
    assert.deepEqual(next(parts.get(0)), [0, 3]);
  },
);

test("a part that runs, or is over, is not run again", options, () => {
  const { parts, add } = start();
  add(TAG, true);
  assert.equal(next(parts.get(0)), undefined);
  const { parts: others, add: addOther } = start();
  addOther(TAG);
  others.get(0).settled = { succeeded: 3, failed: 0 };
  assert.equal(next(others.get(0)), undefined);
});

test(
  "what a slice has left of its part has no file yet, and is run all the same",
  options,
  () => {
    const { parts, add } = start();
    add(TAG);
    add({ ...TAG, slice: { first: 1, last: 2 }, lines: 2 });
    const [slice, rest] = parts.leaves;
    assert.deepEqual(next(slice!), [0, 2]);
    assert.deepEqual(next(rest!), [0, 0]);
  },
);

test(
  "what is open gets a file of its own, unless it has one with just these lines",
  options,
  () => {
    const { parts, add } = start();
    add(TAG, true);
    const part = parts.get(0);
    leave(part, 2);
    assert.deepEqual(next(part), [1, 0]);
    part.wantedTag = LATER;
    assert.deepEqual(next(part), [1, 2]);
    // One of the answers came late.
    leave(part, 1);
    assert.deepEqual(next(part), [1, 0]);
    leave(part, 2);
    add(LATER, true);
    assert.equal(next(part), undefined);
  },
);
