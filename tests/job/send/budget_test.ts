import { countTokens as o200k } from "gpt-tokenizer";
import {
  BudgetError,
  type JobOptions,
  OpenAIBatch,
  type Requests,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { sums } from "../../_support/sums.ts";

/** 1,000 tokens in, the frame of a message included, and at most 1,000 out: $0.000375 in a batch. */
const params = { model: "gpt-4o-mini", max_completion_tokens: 1_000 };
const countTokens = () => 993;

/** The three ways to begin a job. */
const STARTS: Record<
  string,
  (sim: Simulator, requests: Requests, options: JobOptions) => Promise<unknown>
> = {
  run: (sim, requests, options) =>
    new OpenAIBatch(sim.options).run(requests, options),
  stream: (sim, requests, options) =>
    new OpenAIBatch(sim.options).stream(requests, options).next(),
  submit: (sim, requests, options) =>
    new OpenAIBatch(sim.options).submit(requests, options),
};

async function refusalOf(
  sim: Simulator,
  requests: Requests,
  options: JobOptions,
): Promise<BudgetError> {
  try {
    await new OpenAIBatch(sim.options).run(requests, options);
  } catch (error) {
    assert.ok(error instanceof BudgetError, String(error));
    return error;
  }
  assert.fail("It was not refused");
}

for (const [name, start] of Object.entries(STARTS)) {
  test(
    `${name} refuses what may cost more than the budget before a byte is sent`,
    options,
    async () => {
      const sim = createSimulator();
      const job = { params, countTokens, budget: 0.0037, job: "sums" };
      await assert.rejects(start(sim, sums(10), job), (error) => {
        assert.ok(error instanceof BudgetError);
        assert.equal(error.name, "BudgetError");
        assert.equal(error.code, "over_budget");
        assert.equal(error.budget, 0.0037);
        assert.equal(error.estimate.requests, 10);
        assert.equal(error.estimate.cost?.toFixed(6), "0.003750");
        return true;
      });
      assert.deepEqual(sim.ledger.calls, []);
    },
  );

  test(`${name} takes what costs as much as the budget`, options, async () => {
    const sim = createSimulator();
    await start(sim, sums(10), { params, countTokens, budget: 0.00376 });
    assert.equal(sim.ledger.batches.length, 1);
  });

  test(
    `${name} refuses a budget for what can be read only once`,
    options,
    async () => {
      const sim = createSimulator();
      async function* generate() {
        yield* sums(2);
      }
      const job = { params, budget: 1 };
      for (const requests of [generate(), sums(2).values()]) {
        await assert.rejects(async () => await start(sim, requests, job), {
          name: "TypeError",
          message:
            "The option budget needs requests that can be read twice: pass a list, or a function that returns them",
        });
      }
      assert.deepEqual(sim.ledger.calls, []);
      await start(sim, generate, job);
      assert.equal(sim.ledger.batches.length, 1);
    },
  );
}

test("the refusal says that all the output is counted", options, async () => {
  const { message } = await refusalOf(createSimulator(), sums(10), {
    params,
    countTokens,
    budget: 0.001,
  });
  assert.equal(
    message,
    "The budget is $0.001, and the job may cost $0.00375, for its input and " +
      "all the output that its token limits allow",
  );
});

test(
  "without token limits only the input counts, and it says so",
  options,
  async () => {
    const sim = createSimulator();
    const job = { params: { model: "gpt-4o-mini" }, countTokens };
    // 10 × 1,000 tokens at 0.075
    const { message, estimate } = await refusalOf(sim, sums(10), {
      ...job,
      budget: 0.0007,
    });
    assert.equal(
      message,
      "The budget is $0.0007, and the job costs $0.00075 or more: for requests " +
        "without a token limit, only the input is counted",
    );
    assert.equal(estimate.maxOutputTokens, undefined);
    const run = await new OpenAIBatch(sim.options).run(sums(10), {
      ...job,
      budget: 0.0008,
    });
    assert.equal(run.succeeded.length, 10);
  },
);

test(
  "a model without a known price is refused, whatever the budget",
  options,
  async () => {
    const sim = createSimulator();
    for (const model of ["nobody", "gpt-5-chat-latest"]) {
      const { message } = await refusalOf(sim, ["a"], {
        params: { model },
        budget: Infinity,
      });
      assert.equal(
        message,
        "The budget is $Infinity, and the job's cost is unknown: there " +
          `is no batch price for "${model}" (see the client's option prices)`,
      );
    }
    assert.deepEqual(sim.ledger.calls, []);
  },
);

for (
  const [name, more, allowed] of [
    ["in the lane standard", {}, 0.0075],
    ["in the lane standard, once flex has no room", {
      lane: "flex",
      fallbackAfter: 1_000,
    }, 0.0075],
    ["in the lane priority", { lane: "priority" }, 0.0125],
    ["as a failure", { atDeadline: "fail" }, 0.00375],
  ] as const
) {
  test(
    `a budget covers what the deadline leaves, even if that is everything: ${name}`,
    options,
    async () => {
      const sim = createSimulator({ faults: { stays_queued: 1 } });
      const job = {
        params,
        countTokens,
        deadline: 3_600_000,
        atDeadline: "direct",
        ...more,
      } as const;
      const below = { ...job, budget: allowed * 0.999 };
      const error = await refusalOf(sim, sums(10), below);
      assert.ok(error.message.includes(`may cost $${allowed}`), error.message);
      assert.deepEqual(sim.ledger.calls, []);
      const client = new OpenAIBatch(sim.options);
      const enough = { ...job, budget: allowed * 1.001 };
      const run = await client.run(sums(10), enough);
      assert.ok(run.usage.cost! <= allowed);
    },
  );
}

test("an own price makes a budget possible", options, async () => {
  const sim = createSimulator();
  const client = new OpenAIBatch({
    ...sim.options,
    prices: { ours: "gpt-4o-mini" },
  });
  const run = await client.run(sums(2), {
    params: { ...params, model: "ours" },
    budget: 1,
  });
  assert.equal(run.succeeded.length, 2);
});

test("the prompts are in no refusal", options, async () => {
  const error = await refusalOf(createSimulator(), ["a secret"], {
    params: { ...params, model: "nobody" },
    budget: 1,
  });
  const shown = JSON.stringify([error.message, error.estimate]);
  assert.ok(!shown.includes("secret"));
});

test(
  "a job that continues is checked again as a whole",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const job = { params, countTokens, job: "sums" };
    await client.submit(sums(10), { ...job, budget: 1 });
    const calls = sim.ledger.calls.length;
    await assert.rejects(client.run(sums(10), { ...job, budget: 0.001 }), {
      name: "BudgetError",
      jobId: "sums",
    });
    assert.equal(sim.ledger.calls.length, calls);
    const run = await client.run(sums(10), { ...job, budget: 1 });
    assert.equal(run.succeeded.length, 10);
  },
);

test("a budget of 0 is enough for what is free", options, async () => {
  const client = new OpenAIBatch(createSimulator().options);
  const run = await client.run(["a"], {
    endpoint: "/v1/moderations",
    params: { model: "omni-moderation-latest" },
    budget: 0,
  });
  assert.equal(run.usage.cost, 0);
});

test("a budget must be an amount", options, async () => {
  const client = new OpenAIBatch({ apiKey: "none" });
  for (const budget of [-1, NaN, "5" as never]) {
    await assert.rejects(client.run(["a"], { params, budget }), {
      name: "RangeError",
      message: `The option budget must be a number of USD, 0 or more: it is ${
        typeof budget === "string" ? '"5"' : budget
      }`,
    });
  }
});

test(
  "maxEnqueuedTokens counts with a real tokenizer",
  options,
  async () => {
    const chinese =
      "村子的尽头有一座旧磨坊，自从那场洪水以后就再也没有人进去过。";
    const tokens = o200k(chinese);
    const active = async (maxEnqueuedTokens: number) => {
      const sim = createSimulator();
      let most = 0;
      const counted: string[] = [];
      await new OpenAIBatch(sim.options).run(Array(4).fill(chinese), {
        params,
        batchSize: 1,
        maxEnqueuedTokens,
        countTokens: (text, model) => {
          counted.push(`${model} ${text}`);
          return o200k(text);
        },
        progress: ({ activeBatches }) => most = Math.max(most, activeBatches),
      });
      assert.deepEqual(counted, Array(4).fill(`${params.model} ${chinese}`));
      return most;
    };
    assert.equal(await active(2 * tokens), 2);
    assert.equal(await active(2 * tokens - 1), 1);
    assert.equal(await active(4 * tokens), 4);
  },
);
