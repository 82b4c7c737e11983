/** Which batches of a job are cancelled, and what becomes of those that can't be. */

import type { Batch } from "@offpeak/openai-batch";
import { cancelUnwanted } from "../../../src/job/send/cancel_batches.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { Account, SECOND } from "../look/_account.ts";

const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A process has ended the job. */
function stop(account: Account): void {
  account.addMark("cancelled");
}

interface Cancelling {
  rule: string;
  batches: ({ age?: number } & Partial<Batch>)[];
  batchTimeout?: number;
  isStopped?: boolean;
  /** The part's first requests that have their results. */
  answered?: number;
  expected: string[];
}

const CANCELLING: Cancelling[] = [
  { rule: "a batch that counts runs on", batches: [{}], expected: [] },
  {
    rule: "a job that is stopped cancels it",
    batches: [{}],
    isStopped: true,
    expected: ["b1"],
  },
  {
    rule: "once",
    batches: [{ status: "cancelling" }],
    isStopped: true,
    expected: [],
  },
  {
    rule: "of two with the same lines the younger one is cancelled",
    batches: [{ age: HOUR }, { age: MINUTE }],
    expected: ["b2"],
  },
  {
    rule: "also where the older one has ended",
    batches: [{ age: HOUR, status: "completed" }, { age: MINUTE }],
    expected: ["b2"],
  },
  {
    rule: "not where the older one never got into the queue",
    batches: [
      {
        age: HOUR,
        status: "failed",
        errors: { object: "list", data: [{ code: "token_limit_exceeded" }] },
      } as Partial<Batch>,
      { age: MINUTE },
    ],
    expected: [],
  },
  {
    rule: "one that is too old is",
    batches: [{ age: HOUR }],
    batchTimeout: HOUR,
    expected: ["b1"],
  },
  {
    rule: "and not before",
    batches: [{ age: HOUR - SECOND }],
    batchTimeout: HOUR,
    expected: [],
  },
  {
    rule: "one is whose requests are all answered",
    batches: [{}],
    answered: 3,
    expected: ["b1"],
  },
  {
    rule: "and not while one is open",
    batches: [{}],
    answered: 2,
    expected: [],
  },
];

for (
  const { rule, batches, batchTimeout, answered = 0, ...row } of CANCELLING
) {
  test(`cancelling: ${rule}`, options, async () => {
    const account = new Account(batchTimeout ? { batchTimeout } : {});
    const file = account.addPart();
    for (const batch of batches) account.addBatch(file, batch);
    if (row.isStopped) stop(account);
    await account.view.find();
    const [part] = account.parts.leaves;
    part!.reading = {
      ...part!.reading,
      hasAll: (lines: number) => answered >= lines,
    };
    account.calls.length = 0;
    await cancelUnwanted(account.context, account.view);
    assert.deepEqual(account.calls, row.expected.map((id) => `cancel ${id}`));
  });
}

test("a batch that has just ended is looked at instead", options, async () => {
  const account = new Account();
  const batch = account.addBatch(account.addPart());
  stop(account);
  await account.view.find();
  account.answers.set(`cancel ${batch.id}`, 409);
  account.answers.set(batch.id, { ...batch, status: "completed" });
  await cancelUnwanted(account.context, account.view);
  assert.deepEqual(account.calls.slice(-2), [
    `cancel ${batch.id}`,
    `retrieve ${batch.id}`,
  ]);
  assert.equal(account.parts.active.size, 0);
});

test("one that is gone has nothing to be cancelled", options, async () => {
  const account = new Account();
  const batch = account.addBatch(account.addPart());
  stop(account);
  await account.view.find();
  account.answers.set(`cancel ${batch.id}`, 404);
  await cancelUnwanted(account.context, account.view);
  assert.equal(account.parts.active.size, 0);
  assert.match(account.parts.gone!.message, /is gone/);
});

test("another failure of a cancel is one", options, async () => {
  const account = new Account();
  const batch = account.addBatch(account.addPart());
  stop(account);
  await account.view.find();
  account.answers.set(`cancel ${batch.id}`, 500);
  await assert.rejects(cancelUnwanted(account.context, account.view), {
    status: 500,
  });
});
