/** The right to create of a process that does not stay: a mark that it leaves, and later deletes. */

import { APIError } from "@offpeak/openai-batch";
import type { JobContext } from "../../../src/job/context.ts";
import type { RemoteView } from "../../../src/job/look/remote_view.ts";
import { Claim } from "../../../src/job/send/claim.ts";
import { assert, options, test } from "../../_support/prelude.ts";

const NOW = Date.UTC(2026, 0, 1);
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
  const claims = new Map(
    Object.entries(marks).map(([id, age]) => [id, NOW - age]),
  );
  const view = {
    claims,
    get claimedAt() {
      return Math.min(...claims.values());
    },
    patience: PATIENCE,
    takeNote: ({ id }: { id: string }) => void claims.set(id, NOW),
  };
  const files = {
    delete: (id: string) => {
      calls.push(`delete ${id}`);
      const status = answers[id];
      return status ? Promise.reject(refusal(status)) : Promise.resolve();
    },
    create: ({ file }: { file: File }) => {
      calls.push(`create ${file.name}`);
      return Promise.resolve({ id: "own", filename: file.name });
    },
  };
  const services = {
    files,
    clock: { now: () => NOW },
  };
  const claim = new Claim(
    { services, settings: { id: "night" } } as unknown as JobContext,
    view as unknown as RemoteView,
  );
  return { claim, calls, claims };
}

const LEAVE = "create night.v1.claim.jsonl";

for (
  const [rule, marks, answers, calls, isTaken] of [
    ["without a mark, one is left", {}, {}, [LEAVE], false],
    [
      "a mark that is too young is waited for",
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
  const { claim, calls, claims } = start({ a: PATIENCE });
  await claim.take();
  claims.set("b", NOW - PATIENCE);
  await claim.take();
  assert.deepEqual(calls, ["delete a"]);
  claims.clear();
  await claim.take();
  assert.deepEqual(calls, ["delete a"]);
});

test(
  "a mark that can't be deleted for now is left as it is",
  options,
  async () => {
    const { claim, calls, claims } = start({ a: PATIENCE }, { a: 500 });
    await assert.rejects(claim.take(), { status: 500 });
    assert.deepEqual(calls, ["delete a"]);
    assert.equal(claims.size, 1);
    assert.equal(claim.isTaken, false);
  },
);

test(
  "the right can be taken at the age of the oldest mark, never without one",
  options,
  () => {
    assert.equal(start({ a: 5, b: 9 }).claim.readyAt, NOW - 9 + PATIENCE);
    assert.equal(start().claim.readyAt, Infinity);
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
  test(`deleting the marks of others ${rule}`, options, async () => {
    const { claim, calls } = start({ a: 0 }, { a: status });
    const discarding = claim.discard();
    if (isThrown) await assert.rejects(discarding, { status });
    else await discarding;
    assert.deepEqual(calls, ["delete a"]);
    assert.equal(claim.isTaken, false);
  });
}
