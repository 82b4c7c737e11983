import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { activeIn } from "../../_support/looks.ts";
import { watchCreates } from "../../_support/servers.ts";
import { sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const countTokens = (text: string) => Math.ceil(text.length / 4);

/** A client, and how many batches were active of each model when one was created. */
function counted(sim: Simulator) {
  const before: number[] = [];
  const fetch = watchCreates(sim, () => before.push(activeIn(sim).length));
  return { client: new OpenAIBatch({ ...sim.options, fetch }), before };
}

test("maxActiveBatches is never exceeded", options, async () => {
  const { client, before } = counted(createSimulator());
  const run = await client.run(sums(14), {
    params,
    batchSize: 2,
    maxActiveBatches: 3,
  });
  assert.equal(run.succeeded.length, 14);
  assert.equal(before.length, 7);
  assert.equal(Math.max(...before), 2);
});

test(
  "maxActiveBatches counts the batches of an earlier process",
  options,
  async () => {
    const sim = createSimulator();
    const job = { params, batchSize: 2, maxActiveBatches: 2, job: "night" };
    await new OpenAIBatch(sim.options).submit(sums(10), job);
    assert.equal(sim.ledger.batches.length, 2);
    const { client, before } = counted(sim);
    const run = await client.run(sums(10), job);
    assert.equal(run.succeeded.length, 10);
    assert.equal(Math.max(...before), 1);
  },
);

test(
  "maxEnqueuedTokens keeps the queue within the limit, so that nothing is refused",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 25 } });
    const { client, before } = counted(sim);
    const run = await client.run(sums(12), {
      params,
      batchSize: 2,
      maxEnqueuedTokens: 25,
      countTokens,
    });
    assert.equal(run.succeeded.length, 12);
    assert.equal(sim.ledger.batches.length, 6);
    assert.ok(sim.ledger.batches.every((one) => one.status === "completed"));
    assert.equal(Math.max(...before), 1); // two parts of 10 tokens
  },
);

test(
  "maxEnqueuedTokens counts per model, as OpenAI does",
  options,
  async () => {
    const sim = createSimulator();
    const job = await new OpenAIBatch(sim.options).submit(
      ["gpt-4o-mini", "gpt-4o", "gpt-4.1"].flatMap((model) =>
        sums(4).map(({ id, content }) => ({
          id: `${model} ${id}`,
          content,
          params: { model },
        }))
      ),
      {
        batchSize: 2,
        countTokens,
        maxEnqueuedTokens: { "gpt-4o-mini": 12, "gpt-4o": 20 },
      },
    );
    // Of two parts each: one fits, two fit, no limit.
    assert.equal(sim.ledger.batches.length, 5);
    const run = await job.results().collect();
    assert.equal(run.succeeded.length, 12);
  },
);

test(
  "one limit for all models holds for each of them",
  options,
  async () => {
    const sim = createSimulator();
    await new OpenAIBatch(sim.options).submit(
      ["gpt-4o-mini", "gpt-4o"].flatMap((model) =>
        sums(4).map(({ id, content }) => ({
          id: `${model} ${id}`,
          content,
          params: { model },
        }))
      ),
      { batchSize: 2, countTokens, maxEnqueuedTokens: 12 },
    );
    assert.equal(sim.ledger.batches.length, 2);
  },
);

test(
  "a batch that is larger than maxEnqueuedTokens is sent when it is alone",
  options,
  async () => {
    const sim = createSimulator();
    const { client, before } = counted(sim);
    const run = await client.run(sums(6), {
      params,
      batchSize: 2,
      maxEnqueuedTokens: 1,
    });
    assert.equal(run.succeeded.length, 6);
    assert.deepEqual(before, [0, 0, 0]);
  },
);

test(
  "countTokens gets each request's text and model, once",
  options,
  async () => {
    const counts: [string, string][] = [];
    await new OpenAIBatch(createSimulator().options).run([
      [{ role: "system", content: "Be brief." }, {
        role: "user",
        content: "a",
      }],
      { content: "b", params: { model: "gpt-4o" } },
    ], {
      params,
      maxEnqueuedTokens: 100,
      countTokens: (text, model) => {
        counts.push([text, model]);
        return 1;
      },
    });
    assert.deepEqual(counts, [
      ["Be brief.\na", "gpt-4o-mini"],
      ["b", "gpt-4o"],
    ]);
  },
);

test(
  "more than 50,000 embedding inputs are split into batches that OpenAI takes",
  options,
  async () => {
    const sim = createSimulator();
    const run = await new OpenAIBatch(sim.options).run(
      Array.from({ length: 51 }, (_, i) => ({
        id: `thousand_${i}`,
        content: Array.from({ length: 1_000 }, (_, j) => `${i} ${j}`),
      })),
      {
        endpoint: "/v1/embeddings",
        params: { model: "text-embedding-3-small" },
      },
    );
    assert.deepEqual(run.batches.map(({ results }) => results.length), [50, 1]);
    assert.ok(run.succeeded.every(({ outputs }) => outputs.length === 1_000));
  },
);

test(
  "more requests than one file may hold are split, by count and by bytes",
  options,
  async () => {
    const sim = createSimulator({
      limits: { requestsPerFile: 100, bytesPerFile: 10_000 },
    });
    const client = new OpenAIBatch(sim.options);
    const byCount = await client.run(sums(250), { params, batchSize: 50 });
    assert.deepEqual(byCount.batches.length, 5);
    const byBytes = await client.run(sums(250), { params, maxBytes: 10_000 });
    assert.ok(byBytes.batches.length > 3);
    assert.equal(byCount.succeeded.length + byBytes.succeeded.length, 500);
    const inputs = sim.ledger.files.filter(({ purpose }) =>
      purpose === "batch"
    );
    assert.ok(inputs.every(({ bytes }) => bytes <= 10_000));
  },
);
