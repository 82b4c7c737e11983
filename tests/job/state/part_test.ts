/** What is known of a part, and of all parts of a job: what files and batches tell. */

import type { Batch } from "@offpeak/openai-batch";
import { formatTag, type Tag } from "../../../src/job/state/tag.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import {
  batch,
  DONE,
  file,
  FULL,
  read,
  start,
  TAG,
  withBatch,
} from "./_part.ts";

test(
  "a batch belongs to the job by its file, or by what it says",
  options,
  () => {
    const parts = start();
    parts.addFile(file("file_0"), TAG, false);
    const says = (tag: Partial<Tag>) => ({
      input_file_id: "other",
      metadata: { offpeak: formatTag({ ...TAG, ...tag }) },
    });
    assert.equal(parts.see(batch("a"), false), true);
    assert.equal(
      parts.see(batch("b", says({ part: 1, last: true })), false),
      true,
    );
    assert.equal(parts.see(batch("c", says({ job: "day" })), false), false);
    assert.equal(
      parts.see(batch("d", { input_file_id: "other" }), false),
      false,
    );
    assert.deepEqual([...parts.batches.keys()], ["a", "b"]);
    assert.equal(parts.get(1).lines, 3);
    assert.equal(parts.hasEnd, true);
    assert.equal(parts.get(1).endpoint, "/v1/responses");
    assert.equal(parts.example!.id, "a");
  },
);

test("the end of the input is known once a file says so", options, () => {
  const parts = start();
  parts.addFile(file("a"), TAG, false);
  assert.equal(parts.hasEnd, false);
  parts.addFile(file("b"), { ...TAG, part: 1, last: true }, false);
  parts.addFile(file("a"), TAG, false);
  assert.equal(parts.hasEnd, true);
});

test(
  "a job begins with its first file; what this process uploads concerns only itself",
  options,
  () => {
    const parts = start();
    assert.equal(parts.createdAt, undefined);
    parts.addFile(file("a", { created_at: 5 }), TAG, false);
    parts.addFile(file("b", { created_at: 9 }), TAG, true);
    parts.addFile(file("b", { created_at: 9 }), TAG, false);
    parts.addFile(file("c", { created_at: 7 }), TAG, false);
    assert.equal(parts.createdAt, 5_000);
    assert.equal(parts.uploadedAt, 7_000);
  },
);

test(
  "parts and slices stand in the order of the input, the longer one first",
  options,
  () => {
    const parts = start();
    for (
      const [number, first, last] of [[1, 0, 0], [0, 4, 6], [0, 1, 2], [
        0,
        1,
        3,
      ]]
    ) {
      parts.get(number!, first ? { first, last: last! } : undefined);
    }
    assert.deepEqual(parts.all.map(({ key }) => key), [
      ...["0", "0.l1-3", "0.l1-2", "0.l4-6", "1"],
    ]);
    assert.deepEqual(parts.leaves.map(({ key }) => key), ["0", "1"]);
  },
);

test(
  "a batch that runs is active until it has ended, one that was refused counts for the queue",
  options,
  () => {
    const { parts, part } = withBatch();
    assert.deepEqual([...parts.active.keys()], ["batch_0"]);
    assert.equal(part.isRunning, true);
    parts.see(batch("batch_0", DONE), false);
    assert.equal(parts.active.size, 0);
    assert.equal(parts.refused.size, 0);
    parts.see(batch("batch_1", FULL), false);
    assert.deepEqual([...parts.refused.keys()], ["batch_1"]);
    assert.deepEqual(part.batches.map(({ id }) => id), ["batch_0"]);
  },
);

test(
  "what the server has lost is gone, but not what it had refused",
  options,
  () => {
    const { parts, part } = withBatch();
    parts.see(batch("batch_1", FULL), false);
    parts.lose(batch("batch_1"));
    parts.lose(batch("batch_9"));
    const gone = () => parts.gone?.message;
    assert.equal(gone(), undefined);
    parts.lose(batch("batch_0"));
    assert.equal(gone(), "The batch batch_0 is gone");
    assert.equal(parts.active.size, 0);
    assert.deepEqual(part.active, []);
  },
);

test("of an ended batch nothing goes back", options, () => {
  const { parts, part } = withBatch(DONE);
  parts.see(batch("batch_0"), true);
  assert.equal(parts.active.size, 0);
  parts.see(batch("batch_0", { ...DONE, output_file_id: null } as never), true);
  assert.equal(part.batches[0]!.output_file_id, "out");
  parts.see(batch("batch_0", { ...DONE, error_file_id: "err" }), true);
  assert.equal(part.batches[0]!.error_file_id, "err");
});

// A part.

test(
  "a part can be cut until something of it was sent, or is over",
  options,
  () => {
    assert.equal(start().get(0).isFixed, false);
    assert.equal(withBatch().part.isFixed, true);
    assert.equal(withBatch(FULL).part.isFixed, false);
    for (const name of ["settled", "gone", "givenUp"] as const) {
      const part = start().get(0);
      Object.assign(part, { [name]: {} });
      assert.equal(part.isFixed, true, name);
      assert.equal(part.isOpen, false, name);
    }
    const part = start().get(0);
    read(part, { done: true });
    assert.equal(part.isFixed, true);
  },
);

for (
  const [rule, more, isAnswered] of [
    ["that has answered every request", {}, true],
    ["that still runs", { status: "finalizing" }, false],
    ["that has answered fewer", {
      request_counts: { total: 3, completed: 2, failed: 1 },
    }, false],
    ["without its files", { output_file_id: null }, false],
  ] as [string, Partial<Batch>, boolean][]
) {
  test(
    `a part with a batch ${rule} ${isAnswered ? "is" : "is not"} answered`,
    options,
    () => {
      assert.equal(withBatch({ ...DONE, ...more }).part.isAnswered, isAnswered);
    },
  );
}

test(
  "a part with two batches has to be read, and one without any",
  options,
  () => {
    const { parts, part } = withBatch(DONE);
    parts.see(batch("batch_1", DONE), false);
    assert.equal(part.isAnswered, false);
    assert.equal(start().get(0).isAnswered, false);
  },
);

test(
  "until it is read, a part counts what its first batches say, up to its lines",
  options,
  () => {
    const counts = (completed: number) => ({
      request_counts: { total: 3, completed, failed: 1 },
    });
    const { parts, part } = withBatch(counts(2));
    parts.see(batch("batch_1", { ...counts(2), created_at: 2 }), false);
    assert.deepEqual(part.counts, { succeeded: 2, failed: 0 });
    parts.see(batch("batch_0", counts(9)), false);
    assert.deepEqual(part.counts, { succeeded: 3, failed: 0 });
    read(part, { rounds: 0, files: true, succeeded: 1, failed: 1 });
    assert.deepEqual(part.counts, { succeeded: 1, failed: 1 });
    read(part, { rounds: 1, succeeded: 2, failed: 1 });
    assert.deepEqual(part.counts, { succeeded: 2, failed: 1 });
    part.settled = { succeeded: 3, failed: 0 };
    assert.equal(part.counts, part.settled);
  },
);

test(
  "what is open once a round was read is due, until it has a batch",
  options,
  () => {
    const { parts, part } = withBatch(DONE);
    const due = () => part.due?.size;
    read(part, { rounds: 0, held: [1] });
    assert.equal(due(), undefined);
    read(part, { held: [] });
    assert.equal(due(), undefined);
    read(part, { held: [1] });
    assert.equal(due(), 1);
    part.givenUp = { code: "x", message: "y" };
    assert.equal(due(), undefined);
    part.givenUp = undefined;
    parts.addFile(file("file_1"), { ...TAG, round: 1, lines: 1 }, true);
    parts.see(batch("batch_1", { input_file_id: "file_1", ...FULL }), false);
    assert.equal(due(), 1);
    parts.see(batch("batch_2", { input_file_id: "file_1" }), false);
    assert.equal(due(), undefined);
    read(part, { held: [1], done: true });
    assert.equal(due(), undefined);
  },
);
