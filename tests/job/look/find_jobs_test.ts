/** All jobs of an account, by two listings. */

import type { Batch } from "@offpeak/openai-batch";
import { findJobOf, listJobs } from "../../../src/job/find_jobs.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { Account, NOW, refusal } from "./_account.ts";

const HOUR = 3_600_000;
const CLOCK = { now: () => NOW, sleep: () => Promise.resolve() };
const NAME = (job: string) => `${job}.v1.p0.r0.n3.0123456789abcdef.last`;

type Endpoints = Parameters<typeof listJobs>[0];

/** The lists of an account, and how often each was asked for a page. */
function listsOf(account: Account): Endpoints {
  const page = (data: object[]) =>
    Promise.resolve({ data, has_more: false, hasNextPage: () => false });
  return {
    files: {
      list: () => (account.calls.push("files"), page(account.files)),
    },
    batches: {
      list: () => (account.calls.push("batches"), page(account.batches)),
    },
  } as unknown as Endpoints;
}

async function jobsOf(account: Account, prefix = "") {
  const jobs = await listJobs(listsOf(account), prefix, CLOCK);
  return Object.fromEntries(
    [...jobs].map(([job, { files, batches, at }]) => {
      assert.equal(at, NOW);
      return [job, [...files, ...batches].map(({ id }) => id)];
    }),
  );
}

test(
  "each job gets its files, its marks and its batches",
  options,
  async () => {
    const account = new Account();
    const day = account.addFile(NAME("day"), HOUR);
    const night = account.addFile(NAME("night"));
    account.addMark("cancelled");
    account.addMark("cancelled", "gone");
    account.addFile("letter");
    account.addBatch(day);
    account.addBatch(night, { metadata: null });
    account.addBatch(undefined, { metadata: { offpeak: NAME("night") } });
    account.addBatch(undefined, { metadata: { offpeak: NAME("other") } });
    account.addOthers(1);
    assert.deepEqual(await jobsOf(account), {
      night: ["f2", "f3", "b3", "b2"],
      day: ["f1", "b1"],
    });
    assert.deepEqual(account.calls, ["files", "batches"]);
  },
);

test(
  "with a prefix only those jobs count that begin with it",
  options,
  async () => {
    const account = new Account();
    account.addFile(NAME("night-1"));
    account.addMark("deadline", "night-1");
    account.addFile(NAME("day"));
    account.addMark("deadline", "day");
    assert.deepEqual(await jobsOf(account, "night"), {
      "night-1": ["f1", "f2"],
    });
    assert.deepEqual(await jobsOf(account, "x"), {});
  },
);

test("without a job no batches are listed", options, async () => {
  const account = new Account();
  account.addMark("cancelled");
  assert.deepEqual(await jobsOf(account), {});
  assert.deepEqual(account.calls, ["files"]);
});

for (
  const [rule, metadata, file, expected, calls] of [
    ["by what it says", { offpeak: NAME("night") }, NAME("day"), "night", 0],
    ["else by the name of its file", null, `${NAME("day")}.jsonl`, "day", 1],
    ["else by nothing", {}, "letter.jsonl", undefined, 1],
    ["nor where its file is gone", null, 404, undefined, 1],
  ] as [
    string,
    Batch["metadata"],
    string | number,
    string | undefined,
    number,
  ][]
) {
  test(`the job of a batch is found ${rule}`, options, async () => {
    let asked = 0;
    const batch = { id: "b1", input_file_id: "f1", metadata } as Batch;
    const rest = {
      batches: { retrieve: () => Promise.resolve(batch) },
      files: {
        retrieve: () => {
          asked++;
          return typeof file === "number"
            ? Promise.reject(refusal(file))
            : Promise.resolve({ id: "f1", filename: file });
        },
      },
    } as unknown as Endpoints;
    assert.equal(await findJobOf(rest, batch), expected);
    assert.equal(asked, calls);
    assert.equal(await findJobOf(rest, "b1"), expected);
  });
}
