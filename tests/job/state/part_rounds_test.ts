/** What is known of a part whose lines were sent in several rounds or slices. */

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
