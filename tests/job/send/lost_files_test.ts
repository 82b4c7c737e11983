import { type Job, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { mark } from "../../_support/marks.ts";
import { failOnce } from "../../_support/fail_once.ts";
import { codes, paidFor, roundsOf } from "../../_support/looks.ts";
import { intercept, laggingAll, losesFiles } from "../../_support/servers.ts";
import { inputFiles, sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 2, job: "night" };

test(
  "a file that OpenAI does not find for a while is tried again, as it is",
  options,
  async () => {
    const sim = createSimulator();
    let times = 0;
    const fetch = losesFiles(sim, () => ++times <= 3);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(2), job);
    assert.equal(run.succeeded.length, 2);
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [1, 1]);
    assert.equal(inputFiles(sim), 1);
    assert.equal(sim.ledger.batches.length, 4);
  },
);

/** A server that never finds the first file. */
function losesFirst(sim: Simulator) {
  let first: string | undefined;
  return losesFiles(sim, (file) => file === (first ??= file));
}

test(
  "a file that OpenAI never finds is uploaded again",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = losesFirst(sim);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(4), job);
    assert.deepEqual(codes(run.results), Array(4).fill("ok"));
    assert.deepEqual(paidFor(sim, run.results), [1, 1, 1, 1]);
    assert.equal(inputFiles(sim), 3);
    const again = await client.run(sums(4), job);
    assert.deepEqual(again.results, run.results);
    assert.equal(inputFiles(sim), 3);
  },
);

test(
  "a file that is never found and can't be read back is uploaded again from the input",
  options,
  async () => {
    const sim = createSimulator();
    const losing = losesFirst(sim);
    const isInput = (path: string) =>
      sim.ledger.files.some(({ id, purpose }) =>
        purpose === "batch" && path.endsWith(`/files/${id}/content`)
      );
    const gone = intercept(sim, (call) => {
      const error = { message: "No such File object.", type: "invalid" };
      return isInput(call.path)
        ? Promise.resolve(Response.json({ error }, { status: 404 }))
        : call.send();
    });
    const fetch: typeof losing = (input, init) =>
      init?.method === "GET" && String(input).endsWith("/content")
        ? gone(input, init)
        : losing(input, init);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(4), job);
    assert.deepEqual(codes(run.results), Array(4).fill("ok"));
  },
);

test(
  "the file of a follow-up round may be lost as well",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt, text }) =>
        attempt === 1 ? { status: 500, body: {} } : text,
    });
    const isFollowUp = (id: string) =>
      sim.ledger.files.find((file) => file.id === id)!.filename.includes(
        ".r1.",
      );
    let lost: string | undefined;
    const fetch = losesFiles(
      sim,
      (id) => isFollowUp(id) && id === (lost ??= id),
    );
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(2), job);
    assert.equal(run.succeeded.length, 2);
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [2, 2]);
  },
);

const faults = ["500", "html", "reset_before", "hang", "truncated"];

for (const fault of faults) {
  test(
    `a download that ends with ${fault} is made again, and no line is lost or given twice`,
    options,
    async () => {
      const sim = createSimulator();
      const fetch = failOnce(sim, "GET", /\/content$/, fault);
      const client = new OpenAIBatch({ ...sim.options, fetch, maxRetries: 0 });
      const run = await client.run(sums(5), { params });
      assert.equal(run.results.length, 5);
      assert.deepEqual(codes(run.results), Array(5).fill("ok"));
      assert.equal(sim.ledger.batches.length, 1);
    },
  );
}

test(
  "downloads that fail half of the time, and stop halfway, lose nothing",
  options,
  async () => {
    const sim = createSimulator({
      faults: { "files.content:502": 0.3, "files.content:truncated": 0.4 },
    });
    const stream = new OpenAIBatch(sim.options).stream(sums(200), {
      params,
      batchSize: 50,
    });
    const ids: string[] = [];
    for await (const { id, ok } of stream) if (ok) ids.push(id);
    assert.equal(ids.length, 200);
    assert.equal(new Set(ids).size, 200);
    assert.equal(stream.usage.models[0]?.requests, 200);
    assert.equal(sim.ledger.batches.length, 4);
  },
);

test(
  "a download that looks complete and is shorter than its file is read again",
  options,
  async () => {
    const sim = createSimulator();
    let times = 0;
    const fetch = intercept(sim, async (call) => {
      const response = await call.send();
      if (!call.path.endsWith("/content") || ++times > 2) return response;
      const text = await response.text();
      // Once at the end of a line, once in the middle of one.
      const lines = text.split("\n").slice(0, 3).join("\n");
      return new Response(times === 1 ? `${lines}\n` : text.slice(0, -20));
    });
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(5), { params });
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [
      1,
      1,
      1,
      1,
      1,
    ]);
    assert.deepEqual(roundsOf(sim), ["p0.r0"]);
    assert.equal(run.usage.models[0]?.requests, 5);
  },
);

for (const fault of ["500", "reset_before", "reset_after", "hang_after"]) {
  test(
    `an upload that ends with ${fault} makes no conflict and no second batch`,
    options,
    async () => {
      const sim = createSimulator();
      const fetch = failOnce(sim, "POST", /\/files$/, fault);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(4), job);
      assert.deepEqual(codes(run.results), Array(4).fill("ok"));
      const again = await new OpenAIBatch(sim.options).run(sums(4), job);
      assert.deepEqual(again.results, run.results);
      assert.deepEqual(roundsOf(sim), ["p0.r0", "p1.r0"]);
    },
  );
}

test(
  "a job survives an hour without network",
  options,
  async () => {
    const sim = createSimulator();
    const start = sim.clock.now();
    const isDown = () => {
      const minutes = (sim.clock.now() - start) / 60_000;
      return minutes > 1 && minutes < 50;
    };
    const fetch: typeof sim.fetch = (input, init) =>
      isDown()
        ? Promise.reject(new TypeError("fetch failed"))
        : sim.fetch(input, init);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(40), { ...job, maxActiveBatches: 4 });
    assert.deepEqual(codes(run.results), Array(40).fill("ok"));
    assert.deepEqual(paidFor(sim, run.results), Array(40).fill(1));
  },
);

/** What another process does that begins to cancel the job: a mark first, then the batches. */
async function cancelFromOutside(
  sim: Simulator,
  client: OpenAIBatch,
): Promise<void> {
  await mark(client, "night", "cancelled");
  for (const { id } of sim.ledger.batches) await client.batches.cancel(id);
}

async function stepEachSecond(
  sim: Simulator,
  job: Job,
  times: number,
): Promise<void> {
  for (let n = 0; n < times; n++) {
    await sim.clock.advance(1_000);
    await job.step();
  }
}

test(
  "a process at work does not ask again what another one cancels, though it can't see yet that the job is cancelled",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } }); // takes a day
    const fetch = laggingAll(sim, 20_000);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const submitted = await client.submit(sums(200), {
      ...job,
      pollInterval: 1_000,
    });
    await sim.clock.advance(600_000);
    await cancelFromOutside(sim, client);
    await stepEachSecond(sim, submitted, 20);
    assert.ok(roundsOf(sim).every((round) => round.endsWith(".r0")));
    const run = await submitted.results().collect();
    assert.ok(run.failed.every(({ error }) => error.code === "cancelled"));
  },
);

test(
  "a process at work sends no further part once it sees that another one cancels its batches",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const fetch = laggingAll(sim, 20_000);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const submitted = await client.submit(sums(80), {
      ...job,
      maxActiveBatches: 10,
      pollInterval: 1_000,
    });
    await sim.clock.advance(600_000);
    await cancelFromOutside(sim, client);
    await stepEachSecond(sim, submitted, 60);
    assert.equal(sim.ledger.batches.length, 10);
  },
);
