import {
  JobConflictError,
  type JobStatus,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { failOnce } from "../_support/fail_once.ts";
import { callsTo, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

test(
  "the same script again finds its job: nothing is sent twice, every result is there",
  options,
  async () => {
    const sim = createSimulator();
    const first = await new OpenAIBatch(sim.options).run(sums(5), {
      params,
      batchSize: 2,
      job: "night",
    });
    const second = await new OpenAIBatch(sim.options).run(sums(5), {
      params,
      batchSize: 2,
      job: "night",
    });
    assert.deepEqual(second.results, first.results);
    assert.equal(sim.ledger.batches.length, 3);
    assert.equal(callsTo(sim, "POST", /\/files$/), 3);
  },
);

test(
  "a process that dies after any call leaves a job that the next one ends",
  options,
  async () => {
    for (let dies = 1, isDead = true; isDead; dies++) {
      const sim = createSimulator();
      let made = 0;
      const fetch: typeof sim.fetch = async (input, init) => {
        const response = await sim.fetch(input, init);
        if (++made === dies) throw new DeadProcess();
        return response;
      };
      const alive = () => {
        if (made >= dies) throw new DeadProcess();
        return sim.options.apiKey;
      };
      const dying = new OpenAIBatch({
        ...sim.options,
        fetch,
        maxRetries: 0,
        apiKey: alive,
      });
      const job = { params, batchSize: 2, job: "night" };
      isDead = await dying.run(sums(5), job).then(() => false, (error) => {
        assert.ok(error instanceof DeadProcess);
        return true;
      });
      assert.ok(isDead || dies > 10, "it made too few calls to die of");
      await sim.clock.advance(60_000); // the list may lag behind
      const run = await new OpenAIBatch(sim.options).run(sums(5), job);
      assert.equal(run.succeeded.length, 5);
      assert.equal(sim.ledger.batches.length, 3, `died after call ${dies}`);
    }
  },
);

class DeadProcess extends Error {}

test(
  "a job that is found again counts what is answered before its input is read",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const job = { params, job: "night" };
    await client.run(sums(5), job);
    const open: number[] = [];
    const progress = ({ requests }: JobStatus) => open.push(requests.open);
    await client.run(sums(5).values(), { ...job, progress });
    assert.deepEqual(open.filter((count) => count < 0), []);
  },
);

test(
  "a break out of the stream leaves the batches, and the next run ends the job",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const job = { params, batchSize: 2, job: "night" };
    for await (const _ of client.stream(sums(6), job)) break;
    const run = await client.run(sums(6), job);
    assert.equal(run.succeeded.length, 6);
    assert.equal(sim.ledger.batches.length, 3);
  },
);

const conflicts: [string, number, object][] = [
  ["other requests", 5, {
    params: { model: "gpt-4o-mini", temperature: 1 },
    batchSize: 2,
  }],
  ["another batchSize", 5, { params, batchSize: 3 }],
  ["a longer input", 6, { params, batchSize: 2 }],
  ["a shorter input", 4, { params, batchSize: 2 }],
];

for (const [what, count, changed] of conflicts) {
  test(
    `${what} under the same job id is refused, and nothing of that part is sent`,
    options,
    async () => {
      const sim = createSimulator();
      const client = new OpenAIBatch(sim.options);
      await client.run(sums(5), { params, batchSize: 2, job: "night" });
      const error = await client.run(sums(count), { ...changed, job: "night" })
        .catch((e) => e);
      assert.ok(error instanceof JobConflictError, String(error));
      assert.equal(error.jobId, "night");
      assert.match(error.message, new RegExp(`[Pp]art ${error.part}`));
      assert.equal(sim.ledger.batches.length, 3);
      assert.equal(callsTo(sim, "POST", /\/files$/), 3);
    },
  );
}

test("another job's files and batches are left alone", options, async () => {
  const sim = createSimulator();
  const client = new OpenAIBatch(sim.options);
  await client.run(sums(2), { params, job: "night" });
  const run = await client.run(sums(3), { params, job: "night-2" });
  assert.equal(run.succeeded.length, 3);
  assert.equal(sim.ledger.batches.length, 2);
});

for (const fault of ["reset_after", "hang_after", "truncated"]) {
  test(
    `a create that took effect and ended with ${fault} makes one batch`,
    options,
    async () => {
      const sim = createSimulator();
      const fetch = failOnce(sim, "POST", /\/batches$/, fault);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(4), { params, batchSize: 2 });
      assert.equal(run.succeeded.length, 4);
      assert.equal(sim.ledger.batches.length, 2);
    },
  );
}

for (const fault of ["reset_before", "hang", "500", "html"]) {
  test(
    `a create that took no effect and ended with ${fault} is made again, when the list would show it`,
    options,
    async () => {
      const sim = createSimulator();
      const failing = failOnce(sim, "POST", /\/batches$/, fault);
      const times: number[] = [];
      const fetch: typeof failing = (input, init) => {
        const creates = init?.method === "POST" &&
          String(input).endsWith("/batches");
        if (creates) times.push(sim.clock.now());
        return failing(input, init);
      };
      const client = new OpenAIBatch({
        ...sim.options,
        fetch,
        settleTime: 45_000,
      });
      const run = await client.run(sums(2), { params });
      assert.equal(run.succeeded.length, 2);
      assert.equal(sim.ledger.batches.length, 1);
      assert.equal(times.length, 2);
      assert.ok(times[1]! - times[0]! >= 45_000);
    },
  );
}
