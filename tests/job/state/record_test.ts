/** The record of a job: what is written is read again, and what is damaged is said. */

import type { JobRecord } from "@offpeak/openai-batch";
import type {
  Recorded,
  RemoteView,
  Unfinished,
} from "../../../src/job/look/remote_view.ts";
import { readRecord, toRecord } from "../../../src/job/record.ts";
import { Parts } from "../../../src/job/state/parts.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

const FILE = {
  id: "file_1",
  filename: "night.v1.p0.r0.n3.0123456789abcdef.jsonl",
  bytes: 7,
  created_at: 1,
};
const BATCH = {
  id: "batch_1",
  input_file_id: "file_1",
  status: "completed",
  created_at: 1,
};

const RECORD = {
  version: 1,
  id: "night",
  settled: [
    { key: "0", part: 0, succeeded: 2, failed: 1 },
    { key: "1.l1-5", part: 1, slice: "1-5", succeeded: 5, failed: 0 },
  ],
  files: [FILE, { ...FILE, id: "file_2", status: "pending" }],
  batches: [BATCH],
  soughtAt: 5,
  areFar: true,
} as const;

/** What a record is written of: nothing is through, unless it says so. */
function written(unfinished: Unfinished = {}): JobRecord {
  const parts = new Parts("night", stoppedClock());
  parts.settle(parts.get(0), { succeeded: 2, failed: 1 });
  parts.get(1);
  parts.settle(parts.get(1, { first: 1, last: 5 }), {
    succeeded: 5,
    failed: 0,
  });
  const { files, batches, soughtAt, areFar } = RECORD;
  const others = { object: "file", purpose: "batch" };
  const recorded = {
    files: files.map((file) => ({ ...file, ...others })),
    batches,
    soughtDate: soughtAt,
    areFar,
    unfinished,
  };
  const view = { recorded } as unknown as RemoteView;
  return JSON.parse(JSON.stringify(toRecord("night", parts, view)));
}

function read(record: unknown): { seen: Recorded | undefined; parts: Parts } {
  let seen: Recorded | undefined;
  const restore = (recorded: Recorded) => void (seen = recorded);
  const parts = new Parts("night", stoppedClock());
  readRecord(record as JobRecord, parts, { restore } as unknown as RemoteView);
  return { seen, parts };
}

test(
  "a record has what a reader needs of files, and all of batches",
  options,
  () => {
    assert.deepEqual(written(), RECORD);
  },
);

test(
  "a part that was read to its end is through, one that was not is not",
  options,
  () => {
    const { parts } = read(RECORD);
    assert.deepEqual(parts.get(0).settled, { succeeded: 2, failed: 1 });
    const { settled } = parts.get(1, { first: 1, last: 5 });
    assert.deepEqual(settled, { succeeded: 5, failed: 0 });
    assert.equal(parts.get(1).settled, undefined);
  },
);

for (
  const [what, unfinished, fields] of [
    ["of files", { files: { at: 9, pages: 2, after: "file_1" } }, {
      filesAfter: { at: 9, pages: 2, after: "file_1" },
    }],
    ["of batches", { batches: { at: 9, pages: 0 } }, {
      batchesAfter: { at: 9, pages: 0 },
    }],
    ["of batches to look at", { unseen: new Set(["batch_1"]) }, {
      unseen: ["batch_1"],
    }],
  ] as [string, Unfinished, object][]
) {
  test(
    `a list ${what} that was left unfinished is continued by the reader`,
    options,
    () => {
      const record = written(unfinished);
      assert.deepEqual(record, { ...RECORD, ...fields });
      const { seen } = read(record);
      // It is of another clock.
      const { files, batches } = unfinished;
      assert.deepEqual(seen!.unfinished, {
        files: files && { ...files, at: 0 },
        batches: batches && { after: undefined, ...batches, at: 0 },
        unseen: unfinished.unseen,
      });
    },
  );
}

test("what was seen is read as it was written", options, () => {
  const { files, batches, soughtAt, areFar } = RECORD;
  const unfinished = {
    files: undefined,
    batches: undefined,
    unseen: undefined,
  };
  const expected = {
    files,
    batches,
    soughtDate: soughtAt,
    areFar,
    unfinished,
  };
  assert.deepEqual(read(RECORD).seen, expected);
  assert.equal(read({ ...RECORD, areFar: "yes" }).seen!.areFar, false);
});

test(
  "a record of an earlier version tells only which parts are through",
  options,
  () => {
    const { version, id, settled } = RECORD;
    const { seen, parts } = read({ version, id, settled });
    assert.equal(seen, undefined);
    assert.equal(parts.get(0).settled?.succeeded, 2);
    assert.equal(read({ version, id }).parts.all.length, 0);
  },
);

for (
  const [damage, place, value] of [
    [{ files: 1 }, "files", "1"],
    [{ batches: undefined }, "batches", "undefined"],
    [{ files: undefined }, "files", "undefined"],
    [{ soughtAt: null }, "soughtAt", "null"],
    [{ soughtAt: "1" }, "soughtAt", '"1"'],
    [{ files: [FILE, null] }, "files[1]", "null"],
    [{ files: ["f".repeat(200)] }, "files[0]", `"${"f".repeat(99)}`],
    ...["id", "filename"].flatMap((name) =>
      ["", 7].map((text) => [
        { files: [{ ...FILE, [name]: text }] },
        "files[0]",
        JSON.stringify({ ...FILE, [name]: text }).slice(0, 100),
      ])
    ),
    [
      { files: [{ id: "f", filename: "f" }] },
      "files[0]",
      '{"id":"f","filename":"f"}',
    ],
    ...["id", "input_file_id", "status"].map((name) => [
      { batches: [{ ...BATCH, [name]: "" }] },
      "batches[0]",
      JSON.stringify({ ...BATCH, [name]: "" }).slice(0, 100),
    ]),
    [
      { batches: [{ ...BATCH, created_at: "soon" }] },
      "batches[0]",
      JSON.stringify({ ...BATCH, created_at: "soon" }).slice(0, 100),
    ],
    [{ filesAfter: null }, "filesAfter", "null"],
    [{ filesAfter: { at: 1 } }, "filesAfter", '{"at":1}'],
    [{ filesAfter: { pages: 1 } }, "filesAfter", '{"pages":1}'],
    [
      { batchesAfter: { at: 1, pages: 1, after: "" } },
      "batchesAfter",
      '{"at":1,"pages":1,"after":""}',
    ],
    [
      { batchesAfter: { at: 1, pages: 1.5 } },
      "batchesAfter",
      '{"at":1,"pages":1.5}',
    ],
    [{ unseen: {} }, "unseen", "{}"],
    [{ unseen: ["batch_1", 1] }, "unseen[1]", "1"],
    [{ settled: "all" }, "settled", '"all"'],
    [{ settled: [{ part: -1 }] }, "settled[0].part", "-1"],
  ] as [object, string, string][]
) {
  test(
    `a record is refused in which ${place} is ${value.slice(0, 40)}`,
    options,
    () => {
      assert.throws(() => read({ ...RECORD, ...damage }), {
        name: "TypeError",
        message:
          `The job record is damaged: ${place} is ${value}. Attach by the job's id instead`,
      });
    },
  );
}

for (
  const [record, version] of [
    [undefined, "undefined"],
    [null, "undefined"],
    [{ ...RECORD, version: 2 }, "2"],
  ]
) {
  test(
    `a record of version ${version} is refused: ${typeof record}`,
    options,
    () => {
      assert.throws(() => read(record), {
        name: "TypeError",
        message:
          `This is not a job record of version 1: its version is ${version}`,
      });
    },
  );
}

test("so is one whose id can't be one", options, () => {
  assert.throws(() => read({ ...RECORD, id: "a b" }), TypeError);
});
