/** Files that a dead or another process left, and two processes at once. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { ask } from "../_support/calls.ts";
import {
  errorAnswer,
  intercept,
  isCreate,
  laggingAll,
} from "../_support/servers.ts";
import { paid, start, uploads } from "./_windows.ts";

/** A process that dies after its upload, before it creates the batch. */
async function uploadOnly(sim: Simulator, texts: string[]): Promise<void> {
  const dying = new AbortController();
  const fetch = start(sim, {
    signal: dying.signal,
    fetch: intercept(sim, (call) => {
      if (!isCreate(call)) return call.send();
      dying.abort(new Error("killed"));
      return Promise.reject(dying.signal.reason);
    }),
  });
  await Promise.allSettled(texts.map((text) => ask(fetch, text)));
  assert.equal(uploads(sim), 1);
  assert.equal(sim.ledger.batches.length, 0);
}

test(
  "a file without a batch is used by the next process that awaits one of its calls",
  options,
  async () => {
    const sim = createSimulator();
    await uploadOnly(sim, ["a", "b"]);
    const answers = await Promise.all(
      ["a", "c"].map((text) => ask(start(sim), text)),
    );
    assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
    assert.deepEqual(
      sim.ledger.batches.map(({ request_counts }) => request_counts?.total)
        .sort(),
      [1, 2],
    );
  },
);

test(
  "a file without a batch is not started if none of its calls is awaited",
  options,
  async () => {
    const sim = createSimulator();
    await uploadOnly(sim, ["a", "b"]);
    await ask(start(sim), "c");
    assert.deepEqual(sim.ledger.requests.map(({ text }) => text), ["c"]);
  },
);

test(
  "two processes at once get right answers, and what both sent is counted",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => text.toUpperCase() });
    const fetch = laggingAll(sim, 20_000);
    const one = start(sim, { fetch });
    const two = start(sim, { fetch });
    const answers = await Promise.all([
      ...["a", "b", "c"].map((text) => ask(one, text)),
      ...["b", "c", "d"].map((text) => ask(two, text)),
    ]);
    assert.deepEqual(answers.map(({ text }) => text), [..."ABCBCD"]);
    const extra = paid(sim).reduce((sum, times) => sum + times - 1, 0);
    assert.equal(extra, 2);
    assert.equal(Math.max(one.stats.duplicates, two.stats.duplicates), extra);
  },
);

test(
  "a second process at the same time is not paid for what it can see in time",
  options,
  async () => {
    const sim = createSimulator();
    const one = start(sim);
    const first = ask(one, "a");
    await one.flush();
    const two = start(sim);
    await Promise.all([first, ask(two, "a")]);
    assert.deepEqual(paid(sim), [1]);
    assert.equal(two.stats.found, 1);
  },
);

test(
  "a job whose name is promised to be new is sent at once",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const params = { model: "gpt-4o-mini" };
    const startedAt = sim.clock.now();
    await client.submit(["a"], { params, job: "new", isNew: true });
    assert.ok(sim.clock.now() - startedAt < 5_000);
    const run = await client.run(["a"], { params, job: "new" });
    assert.equal(run.succeeded.length, 1);
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "the input files of jobs are listed with the ids in them",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ text, attempt }) =>
        attempt === 1 ? { error: "request_timeout" } : text,
    });
    const client = new OpenAIBatch(sim.options);
    const params = { model: "gpt-4o-mini" };
    const request = (id: string) => ({ id, content: "hello" });
    await client.run(["a", "b", "c"].map(request), {
      params,
      batchSize: 2,
      job: "night-1",
    });
    await client.run([request("d")], { params, job: "day" });
    const inputs = await client.inputs({ prefix: "night" });
    assert.deepEqual(
      await Promise.all(
        inputs.map(async ({ job, part, ids }) => [job, part, await ids()]),
      ),
      [["night-1", 0, ["a", "b"]], ["night-1", 1, ["c"]]],
    );
    assert.equal((await client.inputs()).length, 3);
  },
);

test(
  "a file whose batch was refused is used by the next equal call, though another window looked meanwhile",
  options,
  async () => {
    const sim = createSimulator();
    let creates = 0;
    let onList = () => {};
    let other: Promise<unknown> | undefined;
    const fetch = start(sim, {
      size: 1,
      fetch: intercept(sim, async (call) => {
        const isList = call.method === "GET" && call.path.endsWith("/files");
        if (isList) queueMicrotask(onList);
        if (!isCreate(call) || creates++ > 0) return await call.send();
        const looked = new Promise<void>((resolve) => onList = resolve);
        other = ask(fetch, "b");
        await looked;
        await sim.clock.sleep(1_000);
        return errorAnswer(403, "not_now");
      }),
    });
    assert.equal((await ask(fetch, "a")).status, 403);
    assert.equal((await ask(fetch, "a")).status, 200);
    await other;
    assert.equal(uploads(sim), 2);
    assert.deepEqual(paid(sim), [1, 1]);
  },
);
