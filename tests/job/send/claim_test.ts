/** The right to create of a process that does not stay: a mark that it leaves, and later deletes. */

import { APIError, type FileObject } from "@offpeak/openai-batch";
import type { JobContext } from "../../../src/job/context.ts";
import { Claim } from "../../../src/job/send/claim.ts";
import { markFile, Marks } from "../../../src/job/state/marks.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

const NOW = Date.UTC(2026, 0, 1);
const SETTLE_TIME = 30_000;
const PATIENCE = 61_000;

function refusal(status: number): APIError {
  return new APIError("No", { status, headers: new Headers(), error: {} });
}

/** A process that sees these marks, each left so long ago. */
function start(
  marks: Record<string, number> = {},
  answers: Record<string, number> = {},
) {
  const calls: string[] = [];
  const clock = stoppedClock(NOW);
  const seen = new Marks("night", clock, SETTLE_TIME);
  const { name: filename } = markFile("night", "claim");
  const show = (id: string, age: number) => {
    const created_at = (NOW - age) / 1_000;
    seen.note({ id, filename, created_at } as FileObject);
  };
  for (const [id, age] of Object.entries(marks)) show(id, age);
  const files = {
    delete: (id: string) => {
      calls.push(`delete ${id}`);
      const status = answers[id];
      return status ? Promise.reject(refusal(status)) : Promise.resolve();
    },
    create: ({ file }: { file: File }) => {
      calls.push(`create ${file.name}`);
      const created_at = NOW / 1_000;
      return Promise.resolve({ id: "own", filename: file.name, created_at });
    },
  };
  const services = { files, clock };
  const claim = new Claim(
    { services, settings: { id: "night" } } as unknown as JobContext,
    seen,
  );
  return { claim, calls, seen, show };
}

const LEAVE = `create ${markFile("night", "claim").name}`;

for (
  const [rule, marks, answers, calls, isTaken] of [
    ["without a mark, one is left", {}, {}, [LEAVE], false],
    [
      "it waits for a mark that is too young",
      { a: PATIENCE - 1 },
      {},
      [],
      false,
    ],
    [
      "one that is old enough is deleted, and that is the right",
      { a: PATIENCE },
      {},
      [
        "delete a",
      ],
      true,
    ],
    [
      "all of them are, as soon as the oldest is old enough",
      { a: 0, b: PATIENCE },
      {},
      [
        "delete a",
        "delete b",
      ],
      true,
    ],
    ["where another one was quicker, a new mark is left", { a: PATIENCE }, {
      a: 404,
    }, [
      "delete a",
      LEAVE,
    ], false],
    ["with any of several", { a: PATIENCE, b: 0 }, { b: 410 }, [
      "delete a",
      "delete b",
      LEAVE,
    ], false],
  ] as [
    string,
    Record<string, number>,
    Record<string, number>,
    string[],
    boolean,
  ][]
) {
  test(`the right to create: ${rule}`, options, async () => {
    const { claim, calls: made } = start(marks, answers);
    await claim.take();
    assert.deepEqual(made, calls);
    assert.equal(claim.isTaken, isTaken);
  });
}

test("who has the right leaves no mark and deletes none", options, async () => {
  const { claim, calls, seen, show } = start({ a: PATIENCE });
  await claim.take();
  show("b", PATIENCE);
  await claim.take();
  assert.deepEqual(calls, ["delete a"]);
  seen.forget("b");
  await claim.take();
  assert.deepEqual(calls, ["delete a"]);
});

test(
  "a mark that can't be deleted for now is left as it is",
  options,
  async () => {
    const { claim, calls, seen } = start({ a: PATIENCE }, { a: 500 });
    await assert.rejects(claim.take(), { status: 500 });
    assert.deepEqual(calls, ["delete a"]);
    assert.deepEqual(seen.claims, ["a"]);
    assert.equal(claim.isTaken, false);
  },
);

test(
  "the right can be taken at the age of the oldest mark, never without one",
  options,
  () => {
    assert.equal(start({ a: 5, b: 9 }).seen.claimableAt, NOW - 9 + PATIENCE);
    assert.equal(start().seen.claimableAt, Infinity);
  },
);

for (
  const [rule, status, isThrown] of [
    ["goes well where others were quicker", 404, false],
    [
      "goes well where nothing can be deleted: then nobody can take a mark",
      403,
      false,
    ],
    ["fails where it may go well later", 500, true],
  ] as const
) {
  test(`deleting other processes' marks ${rule}`, options, async () => {
    const { claim, calls } = start({ a: 0 }, { a: status });
    const discarding = claim.discard();
    if (isThrown) await assert.rejects(discarding, { status });
    else await discarding;
    assert.deepEqual(calls, ["delete a"]);
    assert.equal(claim.isTaken, false);
  });
}
