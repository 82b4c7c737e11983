/** What is known of a part, and of all parts of a job: what files and batches tell. */

import type { Batch, FileObject } from "@offpeak/openai-batch";
import { Parts } from "../../../src/job/state/parts.ts";
import type { Part } from "../../../src/job/state/part.ts";
import type { Held } from "../../../src/job/state/read_state.ts";
import { formatTag, type Tag } from "../../../src/job/state/tag.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

const NOW = Date.UTC(2026, 0, 1);
const TAG: Tag = {
  job: "night",
  part: 0,
  slice: undefined,
  round: 0,
  lines: 3,
  digest: "0123456789abcdef",
  last: false,
};

function start(): Parts {
  return new Parts("night", stoppedClock(NOW));
}

function file(id: string, more: Partial<FileObject> = {}): FileObject {
  const filename = id;
  const purpose = "batch";
  return {
    id,
    object: "file",
    bytes: 1,
    created_at: 1,
    filename,
    purpose,
    ...more,
  };
}

/** A batch of the first part, unless its file says otherwise. */
function batch(id: string, more: Partial<Batch> = {}): Batch {
  return {
    id,
    endpoint: "/v1/responses",
    status: "in_progress",
    input_file_id: "file_0",
    created_at: 1,
    ...more,
  } as Batch;
}

const DONE: Partial<Batch> = {
  status: "completed",
  completed_at: 2,
  output_file_id: "out",
  request_counts: { total: 3, completed: 3, failed: 0 },
};
const FULL = {
  status: "failed",
  errors: { data: [{ code: "token_limit_exceeded", message: "Full" }] },
} as Partial<Batch>;

/** A part that has this batch. */
function withBatch(more: Partial<Batch> = {}): { parts: Parts; part: Part } {
  const parts = start();
  parts.addFile(file("file_0"), TAG, true);
  parts.see(batch("batch_0", more), false);
  return { parts, part: parts.get(0) };
}

/** How far its answers are read. */
function read(
  part: Part,
  { rounds = 1, held = [], ...more }: {
    rounds?: number;
    /** Lines that are open. */
    held?: number[];
    done?: boolean;
    open?: number;
    files?: boolean;
    succeeded?: number;
    failed?: number;
  },
): void {
  const { succeeded = 0, failed = 0 } = more;
  part.reading = {
    done: more.done ?? false,
    counts: { succeeded, failed },
    rounds,
    held: new Map(held.map((line) => [`${line}`, { line } as Held])),
    hasRead: () => more.files ?? false,
    hasAll: () => more.done ?? false,
    openUnnamed: () => more.open,
  };
}

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

for (
  const [rule, held, tag, isFiled] of [
    ["all that is due", [0, 2], { lines: 2 }, true],
    ["more than that", [0, 2], { lines: 3 }, false],
    ["what is due of its lines", [0, 2], {
      slice: { first: 1, last: 2 },
      lines: 1,
    }, true],
    ["both ends of them included", [0, 1, 2], {
      slice: { first: 2, last: 3 },
      lines: 2,
    }, true],
    ["more than is due of its lines", [0, 2], {
      slice: { first: 1, last: 2 },
      lines: 2,
    }, false],
    ["fewer", [0, 1], { slice: { first: 1, last: 2 }, lines: 1 }, false],
  ] as [string, number[], Partial<Tag>, boolean][]
) {
  test(
    `a file of a later round with ${rule} is ${isFiled ? "run" : "made anew"}`,
    options,
    () => {
      const { part } = withBatch(DONE);
      read(part, { held });
      assert.equal(part.isFiled({ ...TAG, round: 1, ...tag }), isFiled);
    },
  );
}

test("a slice's later file is all that is due of it", options, () => {
  const parts = start();
  parts.addFile(file("file_0"), { ...TAG, lines: 9 }, true);
  const slice = { first: 4, last: 6 };
  const part = parts.get(0, slice);
  part.round(0);
  read(part, { held: [0, 2] });
  const isFiled = (tag: Partial<Tag>) => part.isFiled({ ...TAG, ...tag });
  assert.equal(isFiled({ slice, lines: 2 }), true);
  assert.equal(isFiled({ slice: { first: 4, last: 5 }, lines: 1 }), true);
  assert.equal(isFiled({ slice: { first: 5, last: 6 }, lines: 2 }), false);
  read(part, { rounds: 0 });
  assert.equal(isFiled({ lines: 77 }), true);
});

test(
  "where its lines can't be had, a file of as many as are open is run",
  options,
  () => {
    const { parts, part } = withBatch(DONE);
    const tag = { ...TAG, round: 1, lines: 2 };
    parts.addFile(file("file_1"), tag, false);
    read(part, { open: 1 });
    assert.equal(part.wantedTag, undefined);
    read(part, { open: 2 });
    assert.deepEqual(part.wantedTag, tag);
    read(part, {});
    assert.equal(part.wantedTag, undefined);
    const own = { ...tag, lines: 1 };
    part.wantedTag = own;
    assert.equal(part.wantedTag, own);
    read(part, { rounds: 2 });
    assert.equal(part.wantedTag, undefined);
    read(part, { rounds: 0 });
    assert.deepEqual(part.wantedTag, TAG);
  },
);

test(
  "batches are watched while they may change, and while their files may come",
  options,
  () => {
    const late = { ...DONE, output_file_id: null } as unknown as Partial<Batch>;
    for (
      const [more, rounds, isWatched] of [
        [{}, 0, true],
        [DONE, 0, true],
        [{}, 1, true],
        [DONE, 1, false],
        [late, 1, true],
      ] as [Partial<Batch>, number, boolean][]
    ) {
      const { part } = withBatch(more);
      read(part, { rounds, held: [1] });
      assert.equal(part.watched.length, isWatched ? 1 : 0);
    }
    const { part } = withBatch(late);
    read(part, { done: true });
    assert.equal(part.watched.length, 0);
    const { part: running } = withBatch();
    running.settled = { succeeded: 1, failed: 0 };
    assert.equal(running.watched.length, 1);
  },
);

test("files that came after a round was read have to be read", options, () => {
  const { part } = withBatch(DONE);
  read(part, { files: true });
  assert.equal(part.hasLateFiles, false);
  read(part, { rounds: 0 });
  assert.equal(part.hasLateFiles, false);
  read(part, {});
  assert.equal(part.hasLateFiles, true);
  const { part: none } = withBatch({ ...DONE, output_file_id: null } as never);
  read(none, {});
  assert.equal(none.hasLateFiles, false);
});

test(
  "a part is unread while its next round has a batch and it is not over",
  options,
  () => {
    const { part } = withBatch(DONE);
    assert.equal(part.isUnread, true);
    read(part, {});
    assert.equal(part.isUnread, false);
    read(part, { rounds: 0, done: true });
    assert.equal(part.isUnread, false);
    read(part, { rounds: 0 });
    part.settled = { succeeded: 1, failed: 0 };
    assert.equal(part.isUnread, false);
  },
);

test(
  "the lines of a part are those of its file, of a slice its range",
  options,
  () => {
    const parts = start();
    const part = parts.get(0);
    assert.deepEqual(part.range, { first: 1, last: Infinity });
    parts.addFile(file("file_0"), TAG, true);
    assert.deepEqual(part.range, { first: 1, last: 3 });
    const slice = parts.get(0, { first: 2, last: 3 });
    assert.equal(slice.lines, 2);
    assert.equal(slice.key, "0.l2-3");
    part.asks("/v1/embeddings", "m");
    assert.deepEqual([slice.endpoint, slice.model], ["/v1/embeddings", "m"]);
  },
);

test(
  "a refusal counts for the file that it is of, and for each where that is not known",
  options,
  () => {
    const parts = start();
    const other = { ...TAG, digest: "f".repeat(16) };
    parts.addFile(file("file_0"), TAG, true);
    parts.addFile(file("file_1"), other, false);
    for (const [i, id] of ["file_0", "file_1", "unknown"].entries()) {
      const metadata = { offpeak: formatTag(TAG) };
      parts.see(
        batch(`b${i}`, { ...FULL, input_file_id: id, metadata }),
        false,
      );
    }
    const round = parts.get(0).rounds[0]!;
    const idsOf = (tag?: Tag) => round.voidsOf(tag).map(({ id }) => id);
    assert.deepEqual(idsOf(TAG), ["b0", "b2"]);
    assert.deepEqual(idsOf(other), ["b1", "b2"]);
    assert.deepEqual(idsOf(), ["b0", "b1", "b2"]);
  },
);

test(
  "a file without a date tells nothing of when it was uploaded",
  options,
  () => {
    const parts = start();
    parts.addFile(
      file("file_0", { created_at: undefined } as never),
      TAG,
      false,
    );
    assert.equal(parts.uploadedAt, -Infinity);
  },
);
