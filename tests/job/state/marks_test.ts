/** What marks look like, and what those of a job say. */

import type { FileObject } from "@offpeak/openai-batch";
import {
  markFile,
  type MarkKind,
  Marks,
  parseMark,
} from "../../../src/job/state/marks.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

const SECOND = 1_000;
const NOW = Date.UTC(2026, 0, 1);
const SETTLE_TIME = 20 * SECOND;
/** The mark takes its time to show, and so does what was sent before. */
const DELAY = 41 * SECOND;

for (const kind of ["cancelled", "deadline", "claim"] as const) {
  test(
    `a mark of kind ${kind} says so with its name, and its line is an object`,
    options,
    async () => {
      const file = markFile("night", kind);
      assert.equal(file.name, `night.v1.${kind}.jsonl`);
      assert.equal(typeof JSON.parse(await file.text()), "object");
      assert.deepEqual(parseMark({ filename: file.name }), {
        job: "night",
        kind,
      });
    },
  );
}

for (
  const filename of [
    "night.v2.cancelled.jsonl",
    "night.v1.cancelled.csv",
    "night.v1.stopped.jsonl",
    "night.v1.p0.r0.n1.0123456789abcdef.jsonl",
    `${"n".repeat(65)}.v1.cancelled.jsonl`,
    undefined,
  ]
) {
  test(`no mark is called ${filename?.slice(0, 40)}`, options, () => {
    assert.equal(parseMark({ filename }), undefined);
  });
}

/** What is known after these marks, each left so many seconds ago. */
function after(...left: [kind: MarkKind, age: number, job?: string][]): Marks {
  const marks = new Marks("night", stoppedClock(NOW), SETTLE_TIME);
  left.forEach(([kind, age, job = "night"], i) => {
    const { name: filename } = markFile(job, kind);
    const created_at = NOW / SECOND - age;
    marks.note({ id: `file-${i}`, filename, created_at } as FileObject);
  });
  return marks;
}

const ROWS: [rule: string, marks: Marks, Partial<Marks>][] = [
  [
    "no mark says nothing",
    after(),
    {
      stopped: undefined,
      quietAt: Infinity,
      claimableAt: Infinity,
      files: [],
      claims: [],
    },
  ],
  [
    "a job is stopped, and quiet once all shows that was sent before",
    after(["deadline", 5]),
    { stopped: "deadline", quietAt: NOW - 5 * SECOND + DELAY },
  ],
  [
    "a cancel outweighs a deadline, and the older one counts",
    after(["deadline", 9], ["cancelled", 5]),
    { stopped: "cancelled", quietAt: NOW - 9 * SECOND + DELAY },
  ],
  [
    "whichever is listed first",
    after(["cancelled", 5], ["deadline", 9]),
    { stopped: "cancelled", quietAt: NOW - 9 * SECOND + DELAY },
  ],
  [
    "a step that comes back stops nothing, and the oldest of several counts",
    after(["claim", 3], ["claim", 7]),
    {
      stopped: undefined,
      claims: ["file-0", "file-1"],
      claimableAt: NOW - 7 * SECOND + DELAY,
    },
  ],
  [
    "other jobs' marks are not this job's",
    after(["cancelled", 5, "day"], ["claim", 5, "day"]),
    { stopped: undefined, claims: [], files: [] },
  ],
];

for (const [rule, marks, expected] of ROWS) {
  test(`marks: ${rule}`, options, () => {
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(marks[name as keyof Marks], value, name);
    }
  });
}

test("a mark that was deleted is not there any more", options, () => {
  const marks = after(["claim", 5], ["cancelled", 3]);
  marks.forget("file-0");
  assert.deepEqual(marks.claims, []);
  assert.deepEqual(marks.files.map(({ id }) => id), ["file-1"]);
});
