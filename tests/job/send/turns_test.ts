/**
 * Whose turn it is after the queue was full, and that everybody's comes.
 *
 * @module
 */

import {
  type AttachOptions,
  type Fetch,
  type JobStatus,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { codes, roundsOf } from "../../_support/looks.ts";
import { DeadProcess, dyingClient } from "../../_support/dying.ts";
import {
  filenameOf,
  intercept,
  isCreate,
  losesFiles,
  refusesFiles,
} from "../../_support/servers.ts";
import { sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 2, job: "night" };

/** As the simulator counts. */
const countTokens = (text: string) => Math.ceil(text.length / 4);

/** A cron: each wake-up attaches anew. */
async function cron(
  { sim, fetch = sim.fetch, ...attach }: AttachOptions & {
    sim: Simulator;
    fetch?: Fetch;
  },
): Promise<JobStatus> {
  const client = new OpenAIBatch({ ...sim.options, fetch });
  let status: JobStatus;
  for (let steps = 0;; steps++) {
    status = await (await client.attach("night", attach)).step();
    if (status.done || steps === 100) return status;
    await sim.clock.advance(Math.max(status.wait, 60_000));
  }
}

test(
  "parts that wait for a full queue take turns, and are not all refused again and again",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 66 } });
    const run = await new OpenAIBatch(sim.options).run(sums(80), {
      params,
      batchSize: 2,
      countTokens,
    });
    assert.equal(run.succeeded.length, 80);
    const refused = sim.ledger.batches.filter(({ status }) =>
      status === "failed"
    );
    assert.ok(refused.length < 3 * 40, `${refused.length} of 40 parts`);
  },
);

test(
  "nothing waits for a round that is not wanted any more",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt, custom_id }) =>
        custom_id < "calc_2" && attempt === 1
          ? { status: 500, body: {} }
          : "fine",
    });
    const fetch = refusesFiles(sim, (name) => name.includes(".p1.r1."));
    // Of the first process, only the second part's follow-up arrives.
    const losing = intercept({ ...sim, fetch }, (call) => {
      const isOther = JSON.stringify(call.body ?? "").includes(".p0.r1.");
      if (isCreate(call) && isOther) throw new TypeError("reset");
      return call.send();
    });
    const isRefused = () =>
      sim.ledger.batches.some(({ status }) => status === "failed");
    const dying = dyingClient({ ...sim, fetch: losing }, "before", isRefused);
    const retry = ({ id, attempts }: { id: string; attempts: number }) =>
      id >= "calc_2" && attempts < 3;
    const first = dying.run(sums(4), { ...job, retry });
    await assert.rejects(first, DeadProcess);
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p1.r0", "p1.r1"]);
    // It knows nothing of `retry`: for it, the second part is through.
    const status = await cron({ sim, fetch });
    assert.equal(status.done, true);
    assert.equal(status.requests.succeeded, 4);
  },
);

test(
  "nothing waits for a part that is given up at each wake-up of a cron",
  options,
  async () => {
    const sim = createSimulator();
    let times = 0;
    const isFirst = (name: string) => name.includes(".p0.");
    const refusing = refusesFiles(sim, isFirst);
    const losing = losesFiles(
      { ...sim, fetch: refusing },
      (id) => isFirst(filenameOf(sim, id)) && ++times > 1,
    );
    const fetch = intercept({ ...sim, fetch: losing }, (call) => {
      const id = /files\/([^/]+)\/content$/.exec(call.path)?.[1] ?? "";
      if (!isFirst(filenameOf(sim, id))) return call.send();
      const error = { message: "It is not handed out." };
      return Promise.resolve(Response.json({ error }, { status: 403 }));
    });
    await new OpenAIBatch({ ...sim.options, fetch }).submit(sums(4), {
      ...job,
      maxActiveBatches: 1,
    });
    const status = await cron({ sim, fetch });
    assert.equal(status.done, true);
    assert.equal(status.requests.succeeded, 2);
  },
);

test(
  "a later round that was refused gets its turn at a wake-up of a cron",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt }) =>
        attempt === 1 ? { status: 500, body: {} } : "fine",
    });
    let times = 0;
    const fetch = refusesFiles(
      sim,
      (name) => name.includes(".r1.") && ++times <= 3,
    );
    await new OpenAIBatch({ ...sim.options, fetch }).submit(sums(2), job);
    const status = await cron({ sim, fetch });
    assert.equal(status.done, true);
    assert.equal(status.requests.succeeded, 2);
  },
);

test(
  "the limit of one model cuts no part of another, in a process without the input either",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = refusesFiles(
      sim,
      (name) => /\.p0\..*\.n9\./.test(name),
      "Enqueued token limit reached for small. Limit: 20 enqueued tokens.",
    );
    const requests = sums(30).map((request, i) => ({
      ...request,
      params: { model: i < 9 ? "small" : "large" },
    }));
    const client = new OpenAIBatch({ ...sim.options, fetch });
    await client.submit(requests, { job: "night", maxActiveBatches: 1 });
    const attached = await client.attach("night", { countTokens });
    const { succeeded } = await attached.results().collect();
    assert.equal(succeeded.length, 30);
    assert.ok(!roundsOf(sim).some((round) => round.startsWith("p1.l")));
  },
);

test(
  "a single request that only waits for a batch of its own job is not given up",
  options,
  async () => {
    const sim = createSimulator({
      limits: { enqueuedTokens: 12 },
      faults: { expired: 1 },
    });
    const client = new OpenAIBatch(sim.options);
    const limits = { maxActiveBatches: 1, maxAttempts: 1 };
    await client.submit(sums(3), { ...job, ...limits });
    const attached = await client.attach("night", { maxAttempts: 1 });
    const { results } = await attached.results().collect();
    assert.ok(!codes(results).includes("token_limit_exceeded"));
  },
);

test(
  "a part that waits for its turn is not downloaded at each wake-up of a cron",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    let times = 0;
    const fetch = refusesFiles(
      sim,
      (name) => name.includes(".p0.") && ++times === 1,
      "Enqueued token limit reached for gpt-4o-mini. Limit: 100 tokens.",
    );
    const limits = { maxActiveBatches: 1, maxAttempts: 1 };
    await new OpenAIBatch({ ...sim.options, fetch }).submit(sums(42), {
      ...job,
      ...limits,
    });
    await cron({ sim, fetch, ...limits });
    const inputs = sim.ledger.calls.filter(({ path }) => {
      const id = /files\/([^/]+)\/content$/.exec(path)?.[1] ?? "";
      return filenameOf(sim, id).startsWith("night.");
    });
    const parts = 21;
    assert.ok(inputs.length <= 2 * parts, `${inputs.length} downloads`);
  },
);

test("a limit in Azure's words is understood", options, async () => {
  const sim = createSimulator();
  const fetch = refusesFiles(
    sim,
    (name) => name.includes(".p0.r0."),
    "The number of enqueued tokens has surpassed the configured limit of 0.01K for the deployment",
  );
  const client = new OpenAIBatch({ ...sim.options, fetch });
  const run = await client.run(sums(4), { params, countTokens });
  assert.equal(run.succeeded.length, 4);
  // else five refusals over an hour would be waited for
  assert.equal(roundsOf(sim).filter((round) => round === "p0.r0").length, 1);
});
