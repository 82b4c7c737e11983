import { type Clock, type Fetch, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { marksIn } from "../../_support/marks.ts";
import { DeadProcess, dyingClient } from "../../_support/dying.ts";
import { codes, paidFor, roundsOf } from "../../_support/looks.ts";
import { isCreate, lagging, laggingAll } from "../../_support/servers.ts";
import { sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 2, job: "night" };
const DAY = 86_400_000;

/** What another process does that does not see the first one's batch. */
async function createTwin(sim: Simulator): Promise<string> {
  const client = new OpenAIBatch(sim.options);
  const { input_file_id, endpoint, metadata } = sim.ledger.batches[0]!;
  await sim.clock.advance(2_000); // it is younger
  const twin = await client.batches.create({
    input_file_id,
    endpoint,
    metadata: metadata!,
    completion_window: "24h",
  });
  return twin.id;
}

test(
  "a batch that was submitted twice is cancelled once it is seen: the older one counts",
  options,
  async () => {
    const sim = createSimulator();
    const client = () => new OpenAIBatch(sim.options);
    await client().submit(sums(2), job);
    const twin = await createTwin(sim);
    const run = await client().run(sums(2), job);
    assert.equal(run.succeeded.length, 2);
    const ended = sim.ledger.batches.find(({ id }) => id === twin);
    assert.match(String(ended?.status), /^cancell(ing|ed)$/);
    assert.equal(sim.ledger.batches[0]?.status, "completed");
    assert.equal(sim.ledger.batches.length, 2);
  },
);

test(
  "a duplicate's answers are used before a request is sent again",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const submitted = await client.submit(sums(2), job);
    const twin = await createTwin(sim);
    await client.batches.cancel(sim.ledger.batches[0]!.id);
    await sim.clock.advance(DAY);
    const run = await submitted.results().collect();
    assert.deepEqual(codes(run.results), ["ok", "ok"]);
    assert.ok(run.results.every(({ batchId }) => batchId === twin));
    assert.deepEqual(paidFor(sim, run.results), [1, 1]);
    assert.equal(sim.ledger.batches.length, 2);
  },
);

test(
  "what a duplicate cost is in the usage, and its answers are handed out once",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const submitted = await client.submit(sums(2), job);
    await createTwin(sim);
    await sim.clock.advance(DAY);
    const run = await submitted.results().collect();
    assert.equal(run.results.length, 2);
    assert.deepEqual(paidFor(sim, run.results), [2, 2]);
    assert.equal(run.usage.models[0]?.requests, 4);
    const billed = sim.ledger.batches.map(({ usage }) => usage!.total_tokens);
    assert.equal(run.usage.total_tokens, billed[0]! + billed[1]!);
  },
);

test(
  "two processes that run one job at the same time both get every result, and no twin runs on",
  options,
  async () => {
    const sim = createSimulator();
    const run = () => new OpenAIBatch(sim.options).run(sums(8), job);
    const [one, other] = await Promise.all([run(), run()]);
    assert.deepEqual(codes(one.results), Array(8).fill("ok"));
    assert.deepEqual(
      other.results.map(({ id, output }) => [id, output]),
      one.results.map(({ id, output }) => [id, output]),
    );
    const parts = roundsOf(sim);
    for (const part of ["p0.r0", "p1.r0", "p2.r0", "p3.r0"]) {
      const batches = sim.ledger.batches.filter((_, i) => parts[i] === part);
      const run = batches.filter(({ status }) => !/^cancel/.test(status));
      assert.deepEqual(run.map(({ status }) => status), ["completed"]);
    }
    assert.ok(parts.every((round) => round.endsWith("r0")));
  },
);

test(
  "two processes that step one job in turn create nothing twice",
  options,
  async () => {
    const sim = createSimulator();
    await new OpenAIBatch(sim.options).submit(sums(6), {
      ...job,
      maxActiveBatches: 1,
    });
    const attach = () =>
      new OpenAIBatch(sim.options).attach("night", { maxActiveBatches: 1 });
    const jobs = [await attach(), await attach()];
    for (let turn = 0; turn < 200; turn++) {
      const { done, wait } = await jobs[turn % 2]!.step();
      if (done) break;
      await sim.clock.advance(Math.max(wait, 60_000));
    }
    const run = await jobs[0]!.results().collect();
    assert.equal(run.succeeded.length, 6);
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p1.r0", "p2.r0"]);
  },
);

for (const fault of ["before", "after"] as const) {
  test(
    `if a process dies ${fault} its create took effect, nothing is paid twice, though the list lags behind`,
    options,
    async () => {
      const sim = createSimulator();
      const dying = dyingClient(sim, fault, isCreate);
      await assert.rejects(dying.run(sums(2), job), DeadProcess);
      const fetch = lagging(sim, 25_000);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(2), job);
      assert.equal(run.succeeded.length, 2);
      assert.deepEqual(paidFor(sim, run.results), [1, 1]);
      assert.equal(sim.ledger.batches.length, 1);
    },
  );
}

for (const fault of ["before", "after"] as const) {
  test(
    `a workflow that attaches anew for each step pays once, though the list lags behind and the first process died ${fault} its create`,
    options,
    async () => {
      const sim = createSimulator();
      const dying = dyingClient(sim, fault, isCreate);
      await assert.rejects(dying.run(sums(2), job), DeadProcess);
      const fetch = lagging(sim, 25_000);
      for (let step = 0; step < 20; step++) {
        const client = new OpenAIBatch({ ...sim.options, fetch });
        const attached = await client.attach("night");
        const { wait } = await attached.step();
        await sim.clock.advance(wait);
      }
      assert.equal(sim.ledger.batches.length, 1);
    },
  );
}

/** The simulator behind lists that lag behind, after `run` has uploaded and died. */
async function uploaded(): Promise<
  { sim: Simulator; step: () => Promise<number> }
> {
  const sim = createSimulator();
  const dying = dyingClient(sim, "before", isCreate);
  await assert.rejects(dying.run(sums(2), job), DeadProcess);
  await sim.clock.advance(60_000);
  const fetch = lagging(sim, 25_000);
  const step = async () => {
    const client = new OpenAIBatch({ ...sim.options, fetch });
    return (await (await client.attach("night")).step()).wait;
  };
  return { sim, step };
}

test(
  "a step that was started just now leaves a mark, and the step after it creates the batch",
  options,
  async () => {
    const { sim, step } = await uploaded();
    const wait = await step();
    assert.equal(sim.ledger.batches.length, 0);
    assert.equal(marksIn(sim, "claim").length, 1);
    await sim.clock.advance(wait);
    await step();
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "steps that die right after they created a batch create no second one, however soon they are repeated",
  options,
  async () => {
    const { sim, step } = await uploaded();
    for (let second = 0; second < 200; second++) {
      await step();
      await sim.clock.advance(1_000);
    }
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "of ten steps at the same time, as ten deliveries of a webhook make them, one creates the batch",
  options,
  async () => {
    const { sim, step } = await uploaded();
    const wait = await step();
    await sim.clock.advance(wait);
    await Promise.all(Array.from({ length: 10 }, step));
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "a list that lags behind longer than settleTime makes a duplicate that lives until it is seen",
  options,
  async () => {
    const sim = createSimulator();
    const dying = dyingClient(sim, "after", isCreate);
    await assert.rejects(dying.run(sums(40), { params, job: "night" }));
    const fetch = lagging(sim, 50_000);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(40), { params, job: "night" });
    assert.deepEqual(codes(run.results), Array(40).fill("ok"));
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r0"]);
    assert.match(sim.ledger.batches[1]!.status, /^cancel/);
  },
);

test(
  "a follow-up round that two processes file at the same time is one round",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ custom_id, attempt, text }) =>
        custom_id !== "calc_0" && attempt === 1
          ? { status: 500, body: {} }
          : text,
    });
    const run = () =>
      new OpenAIBatch(sim.options).run(sums(3), { params, job: "night" });
    const [one, other] = await Promise.all([run(), run()]);
    assert.deepEqual(codes(one.results), ["ok", "ok", "ok"]);
    assert.deepEqual(codes(other.results), ["ok", "ok", "ok"]);
    for (const { status } of sim.ledger.batches) {
      assert.match(status, /^(completed|cancelling|cancelled)$/);
    }
  },
);

/** A job that waits for its follow-up round, at a server whose lists lag behind by almost `settleTime`. */
async function openRound() {
  const sim = createSimulator({
    respond: ({ text, attempt }) =>
      attempt === 1 ? { status: 500, body: {} } : text,
  });
  const fetch = laggingAll(sim, 25_000);
  const server = { ...sim, fetch, options: { ...sim.options, fetch } };
  await new OpenAIBatch(server.options).submit(sums(2), job);
  await sim.clock.advance(DAY);
  return server;
}

test(
  "the mark of a step is of no use any more once a process that stays has created a batch",
  options,
  async () => {
    const sim = await openRound();
    const step = async () => {
      const attached = await new OpenAIBatch(sim.options).attach("night");
      return await attached.step();
    };
    await step();
    await sim.clock.advance(120_000);
    const staying = await dyingClient(sim, "after", isCreate).attach("night");
    await assert.rejects(staying.results().collect(), DeadProcess);
    await step();
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r1"]);
  },
);

for (const minutes of [-2, 2]) {
  test(
    `steps in quick succession create once, with a clock that is off by ${minutes} minutes`,
    options,
    async () => {
      const sim = await openRound();
      const clock: Clock = {
        now: () => sim.clock.now() + minutes * 60_000,
        sleep: (ms, signal) => sim.clock.sleep(ms, signal),
      };
      for (let i = 0; i < 200; i++) {
        const client = new OpenAIBatch({ ...sim.options, clock });
        await (await client.attach("night")).step();
        await sim.clock.advance(1_000);
      }
      assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r1"]);
    },
  );
}

/** Others create so many batches that the first page has none of the job's. */
function crowded(sim: Simulator): Fetch {
  return async (input, init) => {
    const url = new URL(String(input));
    const isList = init?.method === "GET" && url.pathname.endsWith("/batches");
    if (!isList) return await sim.fetch(input, init);
    const isFirst = !url.searchParams.has("after");
    if (url.searchParams.get("after") === "others_99") {
      url.searchParams.delete("after");
    }
    const response = await sim.fetch(url, init);
    if (!isFirst) return response;
    const created_at = Math.floor(sim.clock.now() / 1_000);
    const data = Array.from({ length: 100 }, (_, i) => ({
      id: `others_${i}`,
      status: "in_progress",
      input_file_id: "file-others",
      created_at,
    }));
    const { headers } = response;
    return Response.json({ data, has_more: true }, { headers });
  };
}

test(
  "a batch far down the list is found with a clock that is two minutes ahead",
  options,
  async () => {
    const sim = createSimulator();
    const lagged = laggingAll(sim, 20_000);
    const fetch = crowded({ ...sim, fetch: lagged });
    const server = { ...sim, fetch, options: { ...sim.options, fetch } };
    const dying = dyingClient(server, "after", isCreate).run(sums(2), job);
    await assert.rejects(dying, DeadProcess);
    const clock: Clock = {
      now: () => sim.clock.now() + 120_000,
      sleep: (ms, signal) => sim.clock.sleep(ms, signal),
    };
    const client = new OpenAIBatch({ ...server.options, clock });
    const run = await client.run(sums(2), job);
    assert.deepEqual(codes(run.results), ["ok", "ok"]);
    assert.deepEqual(roundsOf(sim), ["p0.r0"]);
  },
);
