/** `client.sample`: a few real answers, and what they tell about all. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { z } from "zod";
import { assert, test } from "../_support/prelude.ts";
import { answering, open } from "./_sample.ts";

const options = { timeout: 120_000 };

const params = { model: "gpt-4o-mini" };

const quiet = { params, progress: false } as const;

const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => `question ${i}`);

test(
  "the sample is spread evenly over a list and over a stream",
  options,
  async () => {
    const { client } = open(answering(() => ({ output: 1 })));
    async function* stream() {
      yield* numbered(1_000);
    }
    for (const requests of [numbered(1_000), stream()]) {
      const { results } = await client.sample(requests, { ...quiet, size: 8 });
      const indexes = results.map(({ index }) => index!);
      assert.equal(indexes.length, 8);
      assert.equal(indexes[0], 0);
      const steps = indexes.slice(1).map((index, i) => index - indexes[i]!);
      assert.ok(steps.every((step) => step >= 64 && step <= 128), `${indexes}`);
      assert.ok(indexes[7]! >= 750, `${indexes}`);
    }
  },
);

test("the first can be asked instead", options, async () => {
  const { client } = open(answering(() => ({ output: 1 })));
  const sample = await client.sample(numbered(100), {
    ...quiet,
    size: 3,
    pick: "first",
  });
  assert.deepEqual(sample.results.map(({ index }) => index), [0, 1, 2]);
});

test(
  "no more than the sample is asked, and an input is read once",
  options,
  async () => {
    let opened = 0;
    const { client, sim } = open(answering(() => ({ output: 1 })));
    const requests = () => {
      opened++;
      return numbered(500);
    };
    const { results, estimate, usage } = await client.sample(requests, quiet);
    assert.equal(results.length, 10);
    assert.equal(sim.ledger.calls.length, 10);
    assert.equal(opened, 1);
    assert.equal(estimate.requests, 500);
    assert.deepEqual(
      usage.models.map(({ lane, requests }) => [lane, requests]),
      [
        ["standard", 10],
      ],
    );
  },
);

test(
  "an input that is smaller than the sample is asked as a whole",
  options,
  async () => {
    const { client } = open(answering(() => ({ output: 1 })));
    const { results } = await client.sample(numbered(4), quiet);
    assert.deepEqual(results.map(({ id }) => id), ["0", "1", "2", "3"]);
  },
);

test(
  "the output is that of the sample, whatever its limit",
  options,
  async () => {
    const { client } = open(answering(() => ({ input: 1_000, output: 10 })));
    const { estimate } = await client.sample(numbered(100), {
      ...quiet,
      params: { ...params, max_completion_tokens: 5_000 },
    });
    // 100 × (1,000 at 0.075 and 10 at 0.3)
    assert.equal(estimate.cost?.expected, 0.0078);
  },
);

test(
  "a request that is too large is neither asked nor counted",
  options,
  async () => {
    const { client } = open(answering(() => ({ output: 10 })));
    const requests = ["a", "b", "x".repeat(2_000), "d"];
    const { results, estimate } = await client.sample(requests, {
      ...quiet,
      maxBytes: 1_000,
    });
    assert.deepEqual(results.map(({ id }) => id), ["0", "1", "3"]);
    assert.equal(estimate.requests, 3);
  },
);

test(
  "a schema goes with the requests, and its values come back",
  options,
  async () => {
    const sim = createSimulator({ respond: () => '{"answer":"4"}' });
    const client = new OpenAIBatch(sim.options);
    const sample = await client.sample(numbered(100), {
      ...quiet,
      schema: z.object({ answer: z.string() }),
      size: 2,
    });
    assert.deepEqual(sample.values(), [{ answer: "4" }, { answer: "4" }]);
    assert.ok(sim.ledger.requests.every(({ body }) => body.response_format));
  },
);

test("own prices are for the estimate of a sample too", options, async () => {
  const sim = createSimulator({ respond: answering(() => ({ output: 100 })) });
  const client = new OpenAIBatch({
    ...sim.options,
    prices: { "gpt-4o-mini": { input: 0, output: 2 } },
  });
  const { estimate } = await client.sample(numbered(1_000), quiet);
  assert.equal(estimate.cost?.expected, 0.1); // 100,000 at 1
});

test("the options of a sample are checked", options, async () => {
  const { client } = open(answering(() => ({ output: 1 })));
  const wrong: [object, RegExp][] = [
    [{ size: 0 }, /The option size must be a positive whole number: it is 0/],
    [{ pick: "last" }, /The option pick must be "first" or "spread"/],
    [{ sise: 3 }, /There is no option "sise"/],
  ];
  for (const [option, message] of wrong) {
    const asking = client.sample(numbered(3), { ...quiet, ...option });
    await assert.rejects(asking, { message });
  }
});
