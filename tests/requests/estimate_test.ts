import { type BatchRequest, chunk, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { sums } from "../_support/sums.ts";
import { client } from "./_estimate.ts";

const params = { model: "gpt-4o-mini" };

const NOTHING = {
  requests: 0,
  images: 0,
  audio: 0,
  files: 0,
  tools: 0,
  references: 0,
};

/** Exactly 1,000 tokens in each text, and 7 around a message. */
const countTokens = () => 993;

test("an estimate tells tokens, parts and costs", options, async () => {
  const estimate = await client.estimate(sums(5), {
    params: { ...params, max_completion_tokens: 100 },
    batchSize: 2,
    countTokens,
  });
  // 5,000 tokens at 0.075 and 500 at 0.3 in a batch, twice that directly
  const cost = (5_000 * 0.075 + 500 * 0.3) / 1e6;
  const figures = {
    requests: 5,
    inputTokens: 5_000,
    maxOutputTokens: 500,
    cost,
    standardCost: cost * 2,
    saving: cost,
  };
  const { bytes, ...rest } = estimate;
  assert.deepEqual(rest, {
    ...figures,
    parts: 3,
    uncounted: NOTHING,
    lanes: {
      batch: cost,
      "8h": undefined, // not for chat completions
      "2h": undefined,
      flex: undefined, // gpt-4o-mini has none
      standard: cost * 2,
      priority: (5_000 * 0.25 + 500 * 1) / 1e6,
      ultrafast: undefined,
    },
    models: { "gpt-4o-mini": figures },
  });
  assert.ok(bytes > 500);
});

test("an estimate cuts exactly as a job does", options, async () => {
  const requests: BatchRequest[] = sums(40).map((request, i) => ({
    ...request,
    params: { model: i % 3 ? "gpt-4o-mini" : "gpt-5" },
  }));
  const cutting = { batchSize: 7, maxBytes: 2_000 };
  const { parts, bytes } = await client.estimate(requests, cutting);
  let chunks = 0;
  let size = 0;
  for await (const part of chunk(requests, cutting)) {
    chunks++;
    size += part.bytes;
  }
  assert.deepEqual([parts, bytes], [chunks, size]);

  const sim = createSimulator();
  await new OpenAIBatch(sim.options).run(requests, cutting);
  assert.equal(
    sim.ledger.files.filter((f) => f.purpose === "batch").length,
    parts,
  );
});

test("an estimate sends nothing", options, async () => {
  const sim = createSimulator();
  await new OpenAIBatch(sim.options).estimate(sums(3), { params });
  assert.deepEqual(sim.ledger.calls, []);
});

test("an estimate takes requests of every form", options, async () => {
  async function* generate() {
    yield* sums(3);
  }
  const list = await client.estimate(sums(3), { params });
  assert.equal(list.requests, 3);
  const forms = [new Set(sums(3)), generate(), generate, () => sums(3)];
  for (const requests of forms) {
    assert.deepEqual(await client.estimate(requests, { params }), list);
  }
});

test("of images to be drawn only the prompt is counted", options, async () => {
  const estimate = await client.estimate(["a lighthouse"], {
    endpoint: "/v1/images/generations",
    params: { model: "gpt-image-2" },
    countTokens: () => 1_000,
  });
  assert.equal(estimate.maxOutputTokens, undefined);
  assert.equal(estimate.cost, 0.0025); // 1,000 at 2.5
});

test(
  "a model without a price leaves tokens, and the other models' costs",
  options,
  async () => {
    const requests = [
      { content: "a" },
      { content: "b", params: { model: "nobody" } },
      { content: "c", params: { model: "__proto__" } },
    ];
    const estimate = await client.estimate(requests, { params, countTokens });
    assert.equal(estimate.cost, undefined);
    assert.equal(estimate.standardCost, undefined);
    assert.equal(estimate.inputTokens, 3_000);
    assert.deepEqual(
      Object.entries(estimate.models).map((
        [name, model],
      ) => [name, model.cost]),
      [["gpt-4o-mini", 1_000 * 0.075 / 1e6], ["nobody", undefined], [
        "__proto__",
        undefined,
      ]],
    );
  },
);

test("an estimate knows the client's own prices", options, async () => {
  const own = new OpenAIBatch({
    apiKey: "none",
    prices: { ours: "gpt-4o-mini", "gpt-5": { input: 2, output: 4 } },
  });
  const requests = ["ours", "gpt-5"].map((model) => ({
    content: "a",
    params: { model },
  }));
  const { models } = await own.estimate(requests, { countTokens });
  assert.equal(models["ours"]?.cost, 1_000 * 0.075 / 1e6);
  assert.equal(models["gpt-5"]?.cost, 1_000 * 1 / 1e6);
});

test(
  "a long prompt has its price in an estimate, each on its own",
  options,
  async () => {
    const estimate = await client.estimate(["long", "a", "b"], {
      params: { model: "gpt-5.5", max_completion_tokens: 1_000 },
      countTokens: (text) => text === "long" ? 299_993 : 199_993,
    });
    const input = 300_000 * 2.5 * 2 + 400_000 * 2.5;
    const output = 1_000 * 15 * 1.5 + 2_000 * 15;
    assert.ok(Math.abs(estimate.cost! - (input + output) / 1e6) < 1e-9);
  },
);

test(
  "a request larger than a part is not in an estimate",
  options,
  async () => {
    const requests = ["a", "b".repeat(1_000)];
    const estimate = await client.estimate(requests, { params, maxBytes: 500 });
    assert.deepEqual([estimate.requests, estimate.parts], [1, 1]);
  },
);

test("countTokens must give a number", options, async () => {
  for (const wrong of [NaN, -1, undefined, Promise.resolve(3), "secret", "3"]) {
    await assert.rejects(
      client.estimate(["a"], { params, countTokens: () => wrong as number }),
      (error: Error) =>
        error instanceof TypeError &&
        /countTokens must return a number of 0 or more, not (NaN|-1|undefined|object|string)$/
          .test(error.message),
    );
  }
});

test("the options of an estimate are checked", options, async () => {
  await assert.rejects(
    client.estimate(["a"], { params, budget: 3 } as object),
    {
      name: "TypeError",
      message:
        'There is no option "budget" here: it is an option of run, stream and submit',
    },
  );
  await assert.rejects(client.estimate(["a"], { params, outputTokens: -1 }), {
    name: "RangeError",
  });
  await assert.rejects(
    client.estimate("hello" as never, { params }),
    TypeError,
  );
  await assert.rejects(
    client.estimate(["a"]),
    /Request 0 has the model undefined/,
  );
});
