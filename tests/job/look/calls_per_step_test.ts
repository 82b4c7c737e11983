/** How many calls a step makes, in an account where others are at work too. */

import { type JobRecord, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, test } from "../../_support/prelude.ts";
import { busyAccount } from "../../_support/busy_account.ts";
import { paidFor } from "../../_support/looks.ts";
import { sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const options = { timeout: 120_000 };
const HOUR = 3_600_000;
const OTHERS = { files: 20_000, batches: 10_000 };

/** The record as a store gives it back. */
function stored(job: { toJSON(): JobRecord }): JobRecord {
  return JSON.parse(JSON.stringify(job));
}

/** A job of so many parts, sent before the others came. */
async function submitted(parts: number, others = OTHERS) {
  const sim: Simulator = createSimulator({
    faults: { expired: 1 }, // they run for a day
  });
  const client = new OpenAIBatch(sim.options);
  const job = await client.submit(sums(parts), {
    params,
    batchSize: 1,
    job: "night",
  });
  await sim.clock.advance(HOUR);
  const { fetch, calls } = busyAccount(sim, others);
  const open = () => new OpenAIBatch({ ...sim.options, fetch });
  return { sim, record: stored(job), calls, open };
}

test(
  "an attach by the id lists the account once, and its step looks at the batches again",
  options,
  async () => {
    const { calls, open } = await submitted(1);
    const job = await open().attach("night");
    assert.equal(calls.filter((call) => call === "GET /files").length, 2);
    assert.equal(calls.filter((call) => call === "GET /batches").length, 100);
    assert.equal(calls.length, 102);
    assert.equal((await job.step()).activeBatches, 1);
  },
);

for (
  const [parts, most] of [[1, 1], [2, 2], [3, 3], [4, 4], [150, 5]] as const
) {
  test(
    `from a record, a step of ${parts} active batches makes ${most} calls at most, whatever others do`,
    options,
    async () => {
      const { calls, record, open } = await submitted(parts);
      const job = await open().attach(record);
      assert.equal(calls.length, 0, calls.join());
      const { activeBatches, waitingFor } = await job.step();
      assert.equal(activeBatches, parts);
      assert.equal(waitingFor?.reason, "batches");
      assert.ok(calls.length <= most, calls.join());
      assert.ok(calls.every((call) => call.startsWith("GET /batches")));
      // The next one knows that the newest batches are of others.
      calls.length = 0;
      await (await open().attach(stored(job))).step();
      assert.ok(calls.length <= most, calls.join());
    },
  );
}

test(
  "from a record, a step reads pages of the list where that is cheaper than one call a batch",
  options,
  async () => {
    const { calls, record, open } = await submitted(150, {
      files: 0,
      batches: 0,
    });
    await (await open().attach(record)).step();
    // And one by its id: there are lists that never change.
    const lists = ["GET /batches", "GET /batches"];
    assert.deepEqual(calls, [...lists, "GET /batches/*"]);
  },
);

test(
  "from the record of a job that is done, attach, step and status make no call",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const job = await client.submit(sums(4), {
      params,
      batchSize: 2,
      job: "night",
    });
    for await (const _ of job.watch());
    const { fetch, calls } = busyAccount(sim, OTHERS);
    const open = () => new OpenAIBatch({ ...sim.options, fetch });
    const attached = await open().attach(stored(job));
    const { done, requests, parts, createdAt } = await attached.step();
    assert.equal(done, true);
    assert.deepEqual(requests, { total: 4, succeeded: 4, failed: 0, open: 0 });
    assert.deepEqual(parts, { total: 2, done: 2 });
    assert.equal(+createdAt, sim.ledger.files[0]!.created_at * 1_000);
    assert.deepEqual(stored(attached), stored(job));
    assert.equal((await open().status(stored(job))).done, true);
    assert.equal(calls.length, 0, calls.join());
  },
);

test(
  "the results of a job that is done are read by its record without a list",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const job = await client.submit(sums(4), {
      params,
      batchSize: 2,
      job: "night",
    });
    for await (const _ of job.watch());
    const { fetch, calls } = busyAccount(sim, OTHERS);
    const open = () => new OpenAIBatch({ ...sim.options, fetch });
    const attached = await open().attach(stored(job));
    const run = await attached.results().collect();
    assert.equal(run.succeeded.length, 4);
    assert.ok(!calls.includes("GET /files"), calls.join());
    assert.ok(!calls.includes("POST /batches"), calls.join());
  },
);

test(
  "from a record, what is to be sent again is listed first, so that it is not sent twice",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ custom_id, attempt, text }) =>
        custom_id === "calc_0" && attempt === 1
          ? { status: 500, body: {} }
          : text,
    });
    const client = new OpenAIBatch(sim.options);
    const job = await client.submit(sums(4), { params, job: "night" });
    const old = stored(job);
    await sim.clock.advance(HOUR);
    // Another process goes on with it, and the record does not know.
    await client.attach("night").then((other) => other.results().collect());
    assert.equal(sim.ledger.batches.length, 2);
    const files = sim.ledger.files.length;
    const late = await client.attach(old);
    for await (const _ of late.watch());
    const run = await late.results().collect();
    assert.equal(run.succeeded.length, 4);
    assert.equal(sim.ledger.batches.length, 2);
    assert.equal(sim.ledger.files.length, files);
    assert.deepEqual(paidFor(sim, run.results), [1, 1, 1, 1]);
  },
);

test(
  "maxCalls is never exceeded, and what was unseen longest goes first the next time",
  options,
  async () => {
    const parts = 60;
    const { calls, sim, record, open } = await submitted(parts);
    const seen: string[] = [];
    let stage = record;
    for (let i = 0; i < 40; i++) {
      calls.length = 0;
      const job = await open().attach(stage, { maxCalls: 2 });
      await job.step({ maxCalls: 2 });
      assert.ok(calls.length <= 2, calls.join());
      seen.push(...calls);
      stage = stored(job);
      if (!("unseen" in stage)) break;
    }
    assert.ok(!("unseen" in stage), "every batch was looked at in the end");
    assert.ok(sim.ledger.batches.length === parts);
  },
);

test(
  "attach keeps to maxCalls, and the steps after it go on with the search from the record",
  options,
  async () => {
    const { calls, open } = await submitted(2);
    const job = await open().attach("night", { maxCalls: 10 });
    assert.equal(calls.length, 10);
    let record = stored(job);
    let status = undefined;
    let steps = 0;
    for (; steps < 30; steps++) {
      calls.length = 0;
      const next = await open().attach(record, { maxCalls: 10 });
      status = await next.step({ maxCalls: 10 });
      assert.ok(calls.length <= 20, calls.join());
      record = stored(next);
      if (status.activeBatches === 2 && !record.batchesAfter) break;
    }
    assert.equal(status?.activeBatches, 2);
    assert.ok(steps < 12, `${steps} steps`);
  },
);

test(
  "a step of few calls makes progress with what is due, however many batches there are to look at",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const job = await client.submit(sums(30), {
      params,
      batchSize: 1,
      job: "night",
    });
    const { fetch, calls } = busyAccount(sim, { files: 0, batches: 10_000 });
    let record = stored(job);
    for (let i = 0;; i++) {
      assert.ok(i < 100, "the job got stuck");
      await sim.clock.advance(HOUR);
      calls.length = 0;
      const again = new OpenAIBatch({ ...sim.options, fetch });
      const attached = await again.attach(record);
      const { done } = await attached.step({ maxCalls: 5 });
      assert.ok(calls.length <= 5, calls.join());
      record = stored(attached);
      if (done) break;
    }
  },
);

test("an attach ends with its signal, between two calls", options, async () => {
  const { calls, open } = await submitted(1);
  const controller = new AbortController();
  const reason = new Error("enough");
  const client = open();
  setTimeout(() => {}, 0);
  const attaching = client.attach("night", { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(attaching, reason);
  assert.ok(calls.length < 3, calls.join());
});

test(
  "a damaged record is refused with its place, and nothing is called",
  options,
  async () => {
    const { calls, record, open } = await submitted(1);
    const damages: [Record<string, unknown>, string][] = [
      [{ files: [{ id: "" }] }, "files[0]"],
      [{ batches: [null] }, "batches[0]"],
      [{ batches: "none" }, "batches"],
      [{ soughtAt: "now" }, "soughtAt"],
      [{ unseen: [1] }, "unseen[0]"],
      [{ filesAfter: { pages: -1 } }, "filesAfter"],
    ];
    for (const [damage, place] of damages) {
      const damaged = { ...record, ...damage } as JobRecord;
      await assert.rejects(
        open().attach(damaged),
        (error: Error) =>
          error instanceof TypeError &&
          error.message.includes(`: ${place} is `),
      );
    }
    assert.equal(calls.length, 0, calls.join());
  },
);

test(
  "a page that is shown twice is not taken for the end of the list: nothing is sent again",
  options,
  async () => {
    const sim = createSimulator();
    const job = { params, batchSize: 1, job: "night" };
    await new OpenAIBatch(sim.options).run(sums(3), job);
    let ignored = 0;
    const client = new OpenAIBatch({
      ...sim.options,
      fetch: (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input);
        if (url.pathname.endsWith("/batches") && init?.method === "GET") {
          url.searchParams.set("limit", "1");
          const isIgnored = url.searchParams.has("after") && ignored++ === 0;
          if (isIgnored) url.searchParams.delete("after");
        }
        return sim.fetch(url, init);
      },
    });
    await client.run(sums(3), job);
    assert.ok(ignored > 0);
    assert.equal(sim.ledger.batches.length, 3);
  },
);

test(
  "a look that broke off starts over, and compares lists with batches again",
  options,
  async () => {
    const sim = createSimulator();
    const job = { params, batchSize: 1, job: "night" };
    await new OpenAIBatch(sim.options).run(sums(3), job);
    let retrieved = 0;
    const client = new OpenAIBatch({
      ...sim.options,
      fetch: async (input, init) => {
        const { pathname } = new URL(
          input instanceof Request ? input.url : input,
        );
        const isOne = /\/batches\/[^/]+$/.test(pathname);
        if (isOne && [1, 2, 3].includes(retrieved++)) {
          return Response.json({}, { status: 503 });
        }
        const response = await sim.fetch(input, init);
        if (!pathname.endsWith("/batches")) return response;
        const page = await response.json();
        const data = page.data.map((batch: object) => ({
          ...batch,
          status: "in_progress", // a list that never changes
          output_file_id: null,
        }));
        return Response.json({ ...page, data });
      },
    });
    await (await client.attach("night")).cleanup();
    assert.ok(retrieved > 4, `${retrieved}`);
    assert.deepEqual(sim.ledger.files, []);
  },
);
