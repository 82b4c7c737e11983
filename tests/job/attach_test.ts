import {
  APIError,
  JobExpiredError,
  JobIncompleteError,
  JobNotFoundError,
  type JobStatus,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { DeadProcess, dyingClient } from "../_support/dying.ts";
import { codes, paidFor, roundsOf } from "../_support/looks.ts";
import { isCreate, type PassingCall } from "../_support/servers.ts";
import { inputFiles, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 2, job: "night" };
const DAY = 86_400_000;

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

test(
  "a job continues on another machine that knows only its name",
  options,
  async () => {
    const sim = createSimulator();
    await open(sim).submit(sums(5), job);
    const attached = await open(sim).attach("night");
    const run = await attached.results().collect();
    assert.deepEqual(
      run.results.map(({ id, output }) => [id, output]).toSorted(),
      sums(5).map(({ id }, i) => [id, `1 + ${i} = ${i + 1}`]),
    );
    assert.deepEqual(paidFor(sim, run.results), [1, 1, 1, 1, 1]);
    assert.ok(run.results.every(({ index }) => index === undefined));
  },
);

test(
  "without the input, what is unanswered is sent again from the uploaded files",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ custom_id, attempt, text }) =>
        custom_id === "calc_1" && attempt < 3
          ? { status: 500, body: {} }
          : text,
    });
    await open(sim).submit(sums(5), job);
    const attached = await open(sim).attach("night");
    const run = await attached.results().collect();
    assert.equal(run.get("calc_1")?.attempts, 3);
    assert.deepEqual(
      run.values().toSorted(),
      sums(5).map(({ content }) => content),
    );
  },
);

test(
  "without the input, attach still bounds the attempts and takes retry",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt }) => `attempt ${attempt}`,
    });
    await open(sim).submit(sums(3), job);
    const attached = await open(sim).attach("night", {
      maxAttempts: 2,
      retry: () => true,
    });
    const run = await attached.results().collect();
    assert.deepEqual(run.values(), Array(3).fill("attempt 2"));
  },
);

test(
  "a job continues from its record, which is plain JSON",
  options,
  async () => {
    const sim = createSimulator();
    const submitted = await open(sim).submit(sums(5), job);
    const early = JSON.parse(JSON.stringify(submitted));
    const run = await (await open(sim).attach(early)).results().collect();
    assert.equal(run.succeeded.length, 5);
    await submitted.step();
    const late = JSON.parse(JSON.stringify(submitted));
    const again = await (await open(sim).attach(late)).results().collect();
    assert.deepEqual(again.results.length, 5);
    assert.equal(sim.ledger.batches.length, 3);
  },
);

test("something that isn't a record is refused", options, async () => {
  const client = open(createSimulator());
  const attach = (record: object) => client.attach(record as never);
  await assert.rejects(attach({ version: 2, id: "night" }), TypeError);
  await assert.rejects(attach({ version: 1, id: "a b" }), TypeError);
});

test(
  "a batch tells its job, to a webhook that knows nothing else",
  options,
  async () => {
    const sim = createSimulator();
    const client = open(sim);
    await client.submit(sums(2), job);
    const [batch] = sim.ledger.batches;
    assert.equal(await client.jobOf(batch!.id), "night");
    assert.equal(await client.jobOf(batch!), "night");
    const foreign = await client.batches.create({
      input_file_id: "file-of-somebody-else",
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    assert.equal(await client.jobOf(foreign.id), undefined);
    const unknown = await client.jobOf("batch_0").catch((error) => error);
    assert.ok(unknown instanceof APIError && unknown.status === 404);
  },
);

test(
  "all jobs can be listed, by the beginning of their ids and by whether they are done",
  options,
  async () => {
    const sim = createSimulator();
    const client = open(sim);
    await client.run(sums(2), { params, job: "day-1" });
    await client.run(sums(3), { params, job: "night-1" });
    await sim.clock.advance(10_000);
    await client.submit(sums(4), { params, job: "night-2" });
    const list = async (which: { prefix?: string; done?: boolean }) => {
      const found: JobStatus[] = [];
      for await (const status of client.jobs(which)) found.push(status);
      return found.map(({ id, requests }) => [id, requests.total]);
    };
    assert.deepEqual(await list({}), [
      ["night-2", 4],
      ["night-1", 3],
      ["day-1", 2],
    ]);
    assert.deepEqual(await list({ prefix: "night-" }), [
      ["night-2", 4],
      ["night-1", 3],
    ]);
    assert.deepEqual(await list({ prefix: "night-", done: true }), [
      ["night-1", 3],
    ]);
    assert.deepEqual(await list({ done: false }), [["night-2", 4]]);
  },
);

test(
  "an uploaded file whose batch was never created is found and used",
  options,
  async () => {
    const sim = createSimulator();
    const dying = dyingClient(sim, "before", isCreate);
    await assert.rejects(dying.run(sums(2), job), DeadProcess);
    assert.equal(sim.ledger.batches.length, 0);
    const run = await open(sim).run(sums(2), job);
    assert.equal(run.succeeded.length, 2);
    assert.equal(inputFiles(sim), 1);
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "an uploaded file whose batch was never created is used without the input too",
  options,
  async () => {
    const sim = createSimulator();
    const dying = dyingClient(sim, "before", isCreate);
    await assert.rejects(dying.run(sums(2), job), DeadProcess);
    const attached = await open(sim).attach("night");
    const run = await attached.results().collect();
    assert.equal(run.succeeded.length, 2);
    assert.deepEqual(roundsOf(sim), ["p0.r0"]);
  },
);

/** The process died while it uploaded the third part of three. */
async function dieWhileUploading(sim: Simulator): Promise<void> {
  let uploads = 0;
  const isThirdUpload = ({ method, path }: PassingCall) =>
    method === "POST" && path.endsWith("/files") && ++uploads === 3;
  const dying = dyingClient(sim, "before", isThirdUpload);
  await assert.rejects(dying.run(sums(6), job), DeadProcess);
}

test(
  "a job whose input never arrived completely gives what it has, and then says so",
  options,
  async () => {
    const sim = createSimulator();
    await dieWhileUploading(sim);
    const attached = await open(sim).attach("night");
    const ids: string[] = [];
    const reading = async () => {
      for await (const { id, ok } of attached.results()) if (ok) ids.push(id);
    };
    const error = await reading().catch((error) => error);
    assert.ok(error instanceof JobIncompleteError, String(error));
    assert.equal(error.jobId, "night");
    assert.deepEqual(ids.toSorted(), ["calc_0", "calc_1", "calc_2", "calc_3"]);
    const status = await attached.step();
    assert.equal(status.stopped?.code, "input_incomplete");
    assert.equal(status.done, false);
  },
);

test(
  "a job whose input never arrived completely continues when the same input is run again",
  options,
  async () => {
    const sim = createSimulator();
    await dieWhileUploading(sim);
    const run = await open(sim).run(sums(6), job);
    assert.deepEqual(codes(run.results), Array(6).fill("ok"));
    assert.deepEqual(paidFor(sim, run.results), Array(6).fill(1));
    assert.equal(inputFiles(sim), 3);
  },
);

test(
  "a job whose files are gone is expired, and nothing of it is sent again",
  options,
  async () => {
    const sim = createSimulator();
    const client = open(sim);
    const submitted = await client.submit(sums(3), job);
    await submitted.results().collect();
    await sim.clock.advance(31 * DAY);
    const expired = { name: "JobExpiredError", jobId: "night" };
    await assert.rejects(client.attach("night"), expired);
    await assert.rejects(submitted.results().collect(), JobExpiredError);
    await assert.rejects(open(sim).run(sums(3), job), expired);
    assert.equal(sim.ledger.batches.length, 2);
  },
);

test("a job that never was is not found", options, async () => {
  const sim = createSimulator();
  const client = open(sim);
  await client.run(sums(3), job);
  const missing = client.attach("nigh");
  await assert.rejects(missing, JobNotFoundError);
  await assert.rejects(client.attach("nigh"), { jobId: "nigh" });
});

test(
  "the calls that an attach may make limit no later ones",
  options,
  async () => {
    const sim = createSimulator();
    await open(sim).submit(sums(9), job);
    const attached = await open(sim).attach("night", { maxCalls: 2 });
    assert.equal((await attached.cancel()).activeBatches, 0);
    await (await open(sim).attach("night", { maxCalls: 2 })).cleanup();
    assert.deepEqual(sim.ledger.files, []);
  },
);

test(
  "parts that are skipped keep the counts that they have",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ custom_id, text }) =>
        custom_id === "calc_1" ? { status: 400, body: {} } : text,
    });
    await open(sim).run(sums(4), job);
    const attached = await open(sim).attach("night");
    await attached.step();
    const skipped: number[] = [];
    const skip = ({ part }: { part: number }) => skipped.push(part) > 0;
    assert.deepEqual(await Array.fromAsync(attached.parts({ skip })), []);
    assert.deepEqual(skipped, [0, 1]);
    const { succeeded, failed } = (await attached.step()).requests;
    assert.deepEqual([succeeded, failed], [3, 1]);
  },
);
