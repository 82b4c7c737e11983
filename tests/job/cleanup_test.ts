/** What `cleanup` deletes. */

import {
  JobExpiredError,
  OpenAIBatch,
  OpenAIBatchError,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { errorAnswer } from "../_support/servers.ts";
import { callsTo, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 10, job: "night" };

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

test("cleanup refuses while a batch is active", options, async () => {
  const sim = createSimulator();
  const submitted = await open(sim).submit(sums(10), job);
  const error = await submitted.cleanup().catch((error) => error);
  assert.ok(error instanceof OpenAIBatchError);
  assert.equal(error.code, "active_batches");
  assert.equal(error.jobId, "night");
  assert.equal(callsTo(sim, "DELETE", /./), 0);
});

test(
  "cleanup deletes every file that the job left, and no other",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ custom_id, attempt, text }) =>
        custom_id === "calc_9" && attempt === 1
          ? { status: 500, body: {} }
          : text,
    });
    await open(sim).run(sums(2), { params, job: "other" });
    const others = sim.ledger.files.map(({ id }) => id);
    await open(sim).run(sums(30), job);
    assert.ok(sim.ledger.files.length > others.length + 6);
    const attached = await open(sim).attach("night");
    await attached.cleanup();
    assert.deepEqual(sim.ledger.files.map(({ id }) => id), others);
    assert.equal((await attached.step()).cleaned, true);
  },
);

test("cleanup deletes the mark of a cancelled job too", options, async () => {
  const sim = createSimulator({ faults: { expired: 1 } });
  const submitted = await open(sim).submit(sums(20), job);
  await submitted.cancel();
  await submitted.cleanup();
  assert.deepEqual(sim.ledger.files, []);
});

test(
  "after cleanup results can't be read, and nothing is sent again under the same name",
  options,
  async () => {
    const sim = createSimulator();
    const submitted = await open(sim).submit(sums(10), job);
    await submitted.results().collect();
    await submitted.cleanup();
    const reading = submitted.results().collect();
    await assert.rejects(reading, JobExpiredError);
    await assert.rejects(open(sim).attach("night"), JobExpiredError);
    await assert.rejects(open(sim).run(sums(10), job), JobExpiredError);
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "a cleanup that broke off can be called again",
  options,
  async () => {
    const sim = createSimulator();
    const submitted = await open(sim).submit(sums(30), job);
    await submitted.results().collect();
    let deletes = 0;
    const client = new OpenAIBatch({
      ...sim.options,
      maxRetries: 0,
      fetch: (input, init) => {
        const breaks = init?.method === "DELETE" && ++deletes === 3;
        return breaks
          ? Promise.resolve(errorAnswer(403, "not_allowed"))
          : sim.fetch(input, init);
      },
    });
    const attached = await client.attach("night");
    await assert.rejects(attached.cleanup(), { name: "APIError" });
    await (await open(sim).attach("night")).cleanup();
    assert.deepEqual(sim.ledger.files, []);
  },
);
