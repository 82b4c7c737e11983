import { OpenAIBatch, QuotaError } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { activeIn, paidFor } from "../../_support/looks.ts";
import { errorAnswer, isCreate, refuse } from "../../_support/servers.ts";
import { inputFiles, sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 2, job: "night" };

/** An account whose credit is used up for `calc_1` as long as `isEmpty` says so. */
function account(isEmpty: () => boolean, code = "insufficient_quota") {
  const error = { message: "You exceeded your quota.", type: code, code };
  return createSimulator({
    respond: ({ custom_id, text }: SimulatedRequest) =>
      custom_id === "calc_1" && isEmpty()
        ? { status: 429, body: { error } }
        : text,
  });
}

function quotaErrorOf(work: Promise<unknown>): Promise<QuotaError> {
  return work.then(() => assert.fail("there is no credit"), (error) => {
    assert.ok(error instanceof QuotaError, String(error));
    return error;
  });
}

for (const code of ["insufficient_quota", "billing_hard_limit_reached"]) {
  test(
    `a 429 that means ${code} is not asked again in vain: the run ends with a QuotaError that names the job`,
    options,
    async () => {
      const sim = account(() => true, code);
      const client = new OpenAIBatch(sim.options);
      const error = await quotaErrorOf(client.run(sums(2), job));
      assert.equal(error.jobId, "night");
      assert.equal(sim.ledger.batches.length, 1);
    },
  );
}

test(
  "once a line says that there is no credit, no batch is created",
  options,
  async () => {
    const sim = account(() => true);
    const client = new OpenAIBatch(sim.options);
    const limited = { ...job, maxActiveBatches: 1 };
    await quotaErrorOf(client.run(sums(8), limited));
    const { calls } = sim.ledger;
    const said = calls.findIndex(({ path }) => path.endsWith("/content"));
    const created = calls.findLastIndex(({ method, path }) =>
      method === "POST" && path.endsWith("/batches")
    );
    assert.ok(created < said);
    assert.ok(sim.ledger.batches.length < 4);
  },
);

test(
  "without credit the batches that run are read to their end, and every answer is handed out",
  options,
  async () => {
    const sim = account(() => true);
    const stream = new OpenAIBatch(sim.options).stream(sums(8), job);
    const ids: string[] = [];
    const reading = async () => {
      for await (const { id, ok } of stream) if (ok) ids.push(id);
    };
    await quotaErrorOf(reading());
    assert.deepEqual(activeIn(sim), []);
    assert.deepEqual(
      ids.toSorted(),
      sums(8).map(({ id }) => id).filter((id) => id !== "calc_1"),
    );
  },
);

test(
  "the status of a job without credit says why it is stuck",
  options,
  async () => {
    const sim = account(() => true);
    const client = new OpenAIBatch(sim.options);
    const standing = await client.submit(sums(2), job);
    assert.equal((await standing.step()).stopped, undefined);
    await sim.clock.advance(86_400_000);
    const status = await standing.step();
    assert.equal(status.stopped?.code, "insufficient_quota");
    assert.equal(status.done, false);
    assert.equal(status.requests.open, 1);
  },
);

test("watch ends with a QuotaError too", options, async () => {
  const sim = account(() => true);
  const standing = await new OpenAIBatch(sim.options).submit(sums(2), job);
  const watching = async () => {
    for await (const _ of standing.watch());
  };
  assert.equal((await quotaErrorOf(watching())).jobId, "night");
});

test(
  "when there is credit again, the same script continues and sends only what is open",
  options,
  async () => {
    let isEmpty = true;
    const sim = account(() => isEmpty);
    const client = () => new OpenAIBatch(sim.options);
    const limited = { ...job, maxActiveBatches: 1 };
    await quotaErrorOf(client().run(sums(8), limited));
    isEmpty = false;
    await sim.clock.advance(3_600_000);
    const run = await client().run(sums(8), limited);
    assert.deepEqual(run.values(), sums(8).map(({ content }) => content));
    assert.deepEqual(paidFor(sim, run.results), Array(8).fill(1));
    assert.equal(sim.ledger.requests.length, 9); // calc_1 twice
  },
);

test("being without credit doesn't count as an attempt", options, async () => {
  let isEmpty = true;
  const sim = account(() => isEmpty);
  const client = () => new OpenAIBatch(sim.options);
  for (let times = 0; times < 3; times++) {
    await quotaErrorOf(client().run(sums(2), { ...job, maxAttempts: 2 }));
    await sim.clock.advance(3_600_000);
  }
  isEmpty = false;
  const run = await client().run(sums(2), { ...job, maxAttempts: 2 });
  assert.equal(run.succeeded.length, 2);
  assert.equal(run.get("calc_1")?.attempts, 1);
});

test(
  "a job that is only stepped tries again by itself an hour later",
  options,
  async () => {
    let isEmpty = true;
    const sim = account(() => isEmpty);
    await new OpenAIBatch(sim.options).submit(sums(2), job);
    let isDone = false;
    for (let hour = 0; hour < 24 && !isDone; hour++) {
      await sim.clock.advance(3_600_000);
      if (hour > 6) isEmpty = false;
      const attached = await new OpenAIBatch(sim.options).attach("night");
      isDone = (await attached.step()).done;
    }
    assert.ok(isDone);
    assert.deepEqual(paidFor(sim, sums(2)), [1, 1]);
  },
);

test(
  "a create that is refused for lack of credit keeps what was uploaded",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = refuse(
      sim,
      isCreate,
      () => errorAnswer(429, "insufficient_quota"),
    );
    const poor = new OpenAIBatch({ ...sim.options, fetch });
    await quotaErrorOf(poor.run(sums(2), job));
    const run = await new OpenAIBatch(sim.options).run(sums(2), job);
    assert.equal(run.succeeded.length, 2);
    assert.equal(inputFiles(sim), 1);
  },
);

test(
  "a 429 that means too many calls is waited out",
  options,
  async () => {
    const sim = createSimulator();
    let times = 0;
    const fetch = refuse(
      sim,
      (call) => isCreate(call) && times++ < 5,
      () => errorAnswer(429, "rate_limit_exceeded"),
    );
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(2), job);
    assert.equal(run.succeeded.length, 2);
    assert.equal(times, 6);
  },
);

test(
  "more batches than an hour may have are created in the next one",
  options,
  async () => {
    const sim = createSimulator({ limits: { batchesPerHour: 2 } });
    const run = await new OpenAIBatch(sim.options).run(sums(10), job);
    assert.equal(run.succeeded.length, 10);
    assert.equal(sim.ledger.batches.length, 5);
  },
);

test(
  "when there is credit again, the same job object continues",
  options,
  async () => {
    let isEmpty = true;
    const sim = account(() => isEmpty);
    const submitted = await new OpenAIBatch(sim.options).submit(sums(8), {
      ...job,
      maxActiveBatches: 1,
    });
    await quotaErrorOf(submitted.results().collect());
    isEmpty = false;
    await sim.clock.advance(3_600_000);
    const { succeeded } = await submitted.results().collect();
    assert.equal(succeeded.length, 8);
    assert.deepEqual(paidFor(sim, succeeded), Array(8).fill(1));
  },
);

test(
  "a job object that is only stepped tries again after an hour without credit",
  options,
  async () => {
    let isEmpty = true;
    const sim = account(() => isEmpty);
    const submitted = await new OpenAIBatch(sim.options).submit(sums(2), job);
    await sim.clock.advance(86_400_000);
    assert.equal((await submitted.step()).stopped?.code, "insufficient_quota");
    isEmpty = false;
    await sim.clock.advance(3_600_000);
    await submitted.step();
    await sim.clock.advance(86_400_000);
    assert.equal((await submitted.step()).done, true);
    assert.equal(sim.ledger.batches.length, 2);
  },
);

test(
  "a process without credit still hands out what earlier parts have answered",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ custom_id, text }) =>
        custom_id === "calc_0"
          ? { status: 429, body: { error: { code: "insufficient_quota" } } }
          : text,
    });
    const single = { ...job, batchSize: 1 };
    await new OpenAIBatch(sim.options).submit(sums(3), single);
    await sim.clock.advance(86_400_000);
    const ids: string[] = [];
    const stream = new OpenAIBatch(sim.options).stream(sums(3), single);
    await assert.rejects(async () => {
      for await (const { id } of stream) ids.push(id);
    }, { name: "QuotaError" });
    assert.deepEqual(ids.sort(), ["calc_1", "calc_2"]);
  },
);
