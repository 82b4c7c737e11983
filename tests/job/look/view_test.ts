/** What a process makes of what it sees of a job: how far it lists, what it cancels, and when something is gone. */

import { assert, options, test } from "../../_support/prelude.ts";
import { Account, NOW, SECOND } from "./_account.ts";

const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

// Whether there is such a job.

test("a job is found by its files", options, async () => {
  const account = new Account();
  account.addPart();
  await account.view.findJob();
  assert.equal(account.view.isFound, true);
  assert.deepEqual(account.calls, ["files", "batches"]);
});

test("a job of which there is nothing is not found", options, async () => {
  const account = new Account();
  account.addOthers(1);
  await assert.rejects(account.view.findJob(), {
    name: "JobNotFoundError",
    message: "There is no job night",
    code: "job_not_found",
    jobId: "night",
  });
  assert.deepEqual(account.calls, ["files", "batches", "files"]);
  assert.equal(account.view.isFound, false);
});

test(
  "where a batch is listed a moment ago, its files may come",
  options,
  async () => {
    const account = new Account();
    account.addBatch(undefined, { age: 30 * SECOND - 1 });
    await assert.rejects(account.view.findJob(), {
      name: "ConnectionError",
      message: "The files of night are not listed yet",
      code: "lists",
    });
  },
);

test("where it is settleTime old, they are gone", options, async () => {
  const account = new Account();
  account.addBatch(undefined, { age: 30 * SECOND });
  await assert.rejects(account.view.findJob(), {
    name: "JobExpiredError",
    message: "The files of the job night are gone",
    jobId: "night",
  });
});

test(
  "a job without files is looked for on the pages behind the first one too",
  options,
  async () => {
    const account = new Account({ page: 1 });
    account.addBatch(undefined);
    account.addOthers(2);
    await assert.rejects(account.view.findJob(), { name: "JobExpiredError" });
    assert.equal(
      account.calls.filter((call) => call.startsWith("batches")).length,
      3,
    );
  },
);

// How far is listed.

test(
  "nothing is listed of a job that was made up just now",
  options,
  async () => {
    const account = new Account({ fresh: true });
    await account.view.find();
    assert.deepEqual(account.calls, []);
  },
);

test("what was listed since a time is not listed again", options, async () => {
  const account = new Account();
  await account.view.find();
  await account.view.find(NOW);
  assert.equal(account.calls.length, 2);
  account.time++;
  await account.view.find(NOW + 1);
  assert.equal(account.calls.filter((call) => call === "files").length, 2);
});

for (
  const [rule, ages, expected] of [
    ["batches are listed back to the oldest file without one", [HOUR], 2],
    ["not further than to the newest one that is older", [MINUTE], 1],
  ] as const
) {
  test(rule, options, async () => {
    const account = new Account({ page: 2 });
    account.addOthers(2, 2 * HOUR);
    account.addOthers(2, 30 * MINUTE);
    for (const age of ages) account.addPart(0, age);
    await account.view.find();
    const pages = account.calls.filter((call) => call.startsWith("batches"));
    assert.equal(pages.length, expected);
  });
}

test("no batches are listed where each file has one", options, async () => {
  const account = new Account();
  account.addBatch(account.addPart());
  await account.view.find();
  account.calls.length = 0;
  account.time += HOUR;
  await account.view.find(account.time);
  assert.deepEqual(account.calls, ["files"]);
});

test(
  "a second listing goes back to twice settleTime before the first one",
  options,
  async () => {
    for (const [age, pages] of [[MINUTE + SECOND, 1], [MINUTE, 2]] as const) {
      const account = new Account({ page: 1 });
      account.addPart();
      account.addOthers(1, 2 * HOUR);
      account.addOthers(1, age);
      await account.view.find();
      account.calls.length = 0;
      account.time += HOUR;
      await account.view.listBatches();
      assert.equal(account.calls.length, pages);
    }
  },
);

test(
  "a list that broke off is read as far as it was to go the next time",
  options,
  async () => {
    const account = new Account();
    account.addBatch(account.addPart());
    account.answers.set("batches", 500);
    await assert.rejects(account.view.find(), { status: 500 });
    account.answers.clear();
    await account.view.find();
    assert.equal(account.parts.batches.size, 1);
  },
);

/** The files are listed once more where a batch was cancelled since they were. */
for (
  const [rule, later, isSought] of [
    [
      "a batch that was cancelled since is a reason to look for a mark",
      0,
      true,
    ],
    ["within the second of the listing too", -SECOND + 1, true],
    ["one that was cancelled before is not", -SECOND, false],
  ] as const
) {
  test(rule, options, async () => {
    const account = new Account();
    const file = account.addPart();
    account.addPart(1);
    const batch = account.addBatch(file);
    await account.view.find();
    const cancelling_at = (NOW + later) / 1_000;
    account.answers.set(batch.id, {
      ...batch,
      status: "cancelling",
      cancelling_at,
    });
    account.calls.length = 0;
    account.view.isRestored = true;
    await account.view.look();
    assert.deepEqual(account.calls, [
      `retrieve ${batch.id}`,
      ...(isSought ? ["files"] : []),
    ]);
  });
}

// Looks.

test("a look is made when it is due", options, async () => {
  const account = new Account();
  account.addBatch(account.addPart());
  await account.view.find();
  assert.equal(await account.view.look(), true);
  assert.equal(await account.view.look(), false);
  account.time = account.view.nextLook - 1;
  assert.equal(await account.view.look(), false);
  account.time++;
  assert.equal(await account.view.look(), true);
});

test(
  "a batch that is listed and can't be retrieved exists",
  options,
  async () => {
    const account = new Account();
    const batch = account.addBatch(account.addPart());
    await account.view.find();
    account.answers.set(batch.id, 404);
    await account.view.confirm([batch]);
    assert.equal(account.parts.active.size, 1);
    account.answers.set(batch.id, 500);
    await assert.rejects(account.view.confirm([batch]), { status: 500 });
  },
);

for (
  const [rule, age, isLost] of [
    [
      "a batch that is not known may be too young to be",
      61 * SECOND - 1,
      false,
    ],
    ["one that is older is gone, and so are its answers", 61 * SECOND, true],
  ] as const
) {
  test(rule, options, async () => {
    const account = new Account();
    const batch = account.addBatch(account.addPart(), { age });
    await account.view.find();
    account.batches.length = 0;
    await account.view.look();
    assert.equal(account.parts.active.has(batch.id), !isLost);
    const { gone } = account.parts;
    assert.equal(
      gone?.message,
      isLost ? `The batch ${batch.id} is gone` : undefined,
    );
  });
}

test("of two batches only that is gone which is", options, async () => {
  const account = new Account();
  const [, second] = [0, 1].map((part) =>
    account.addBatch(account.addPart(part))
  );
  await account.view.find();
  account.batches.splice(account.batches.indexOf(second!), 1);
  await account.view.look();
  assert.deepEqual(account.parts.leaves.map(({ gone }) => gone?.message), [
    undefined,
    `The batch ${second!.id} is gone`,
  ]);
});

// Records.

test(
  "what a record tells is not listed until something is created",
  options,
  async () => {
    const account = new Account();
    account.addBatch(account.addPart());
    account.addMark("claim");
    account.addMark("deadline");
    await account.view.find();
    const { recorded } = account.view;
    assert.deepEqual(recorded.files.map(({ id }) => id).sort(), [
      "f1",
      "f2",
      "f3",
    ]);
    const other = new Account();
    other.view.restore(recorded);
    await other.view.find();
    assert.deepEqual(other.calls, []);
    assert.equal(other.view.listedAt, -Infinity);
    assert.equal(other.view.isFound, true);
    assert.equal(other.view.marks.stopped, "deadline");
    await other.view.findAll(0);
    assert.deepEqual(other.calls, ["files"]);
  },
);

test("a claim that was taken is in no record", options, async () => {
  const account = new Account();
  account.addPart();
  const { id } = account.addMark("claim");
  await account.view.find();
  account.view.marks.forget(id);
  assert.deepEqual(account.view.recorded.files.map(({ id }) => id), ["f1"]);
});

test(
  "a list that was never begun is left to the reader of the record",
  options,
  () => {
    const { recorded } = new Account().view;
    const begun = { at: 0, pages: 0 };
    assert.deepEqual(recorded.unfinished, {
      files: begun,
      batches: begun,
      unseen: undefined,
    });
  },
);

test(
  "a record has the batches first that were unseen for longest",
  options,
  () => {
    const account = new Account({ fresh: true });
    const file = account.addPart();
    const [first, second] = [1, 2].map(() => account.addBatch(file));
    account.view.adopt({ files: [file], batches: [], at: NOW });
    for (const batch of [first!, second!, first!]) {
      account.parts.see(
        batch,
        false,
      );
    }
    const ids = account.view.recorded.batches.map(({ id }) => id);
    assert.deepEqual(ids, [second!.id, first!.id]);
  },
);
