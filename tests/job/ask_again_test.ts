import { OpenAIBatch, type Result } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
} from "@offpeak/openai-batch/testing";
import { z } from "zod";
import { assert, options, test } from "../_support/prelude.ts";
import { codes, paidFor } from "../_support/looks.ts";
import { sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

/** Cut off unless it may have 50 tokens. */
function cutOff({ body, text }: SimulatedRequest) {
  const isCut = body.max_completion_tokens < 50;
  return {
    model: body.model,
    choices: [{
      index: 0,
      finish_reason: isCut ? "length" : "stop",
      message: { role: "assistant", content: isCut ? "…" : text },
    }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}

/** Gives a cut off answer more room. */
function moreRoom(result: Result) {
  const isCut = result.ok && result.finishReason === "length";
  return isCut && { max_completion_tokens: 100 };
}

test(
  "retry may ask again for an answer, until it is content",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ custom_id, attempt }) => `${custom_id} ${attempt}`,
    });
    const run = await new OpenAIBatch(sim.options).run(sums(3), {
      params,
      retry: (result) => result.ok && result.output === "calc_1 1",
    });
    assert.deepEqual(run.values(), ["calc_0 1", "calc_1 2", "calc_2 1"]);
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [1, 2, 1]);
    assert.deepEqual(paidFor(sim, run.results), [1, 2, 1]);
  },
);

test("retry may ask again for a failure that is final", options, async () => {
  const sim = createSimulator({
    respond: ({ attempt }) =>
      attempt === 1
        ? { status: 400, body: { error: { code: "odd", message: "No." } } }
        : "fine",
  });
  const run = await new OpenAIBatch(sim.options).run(sums(2), {
    params,
    retry: (result) => !result.ok && result.error.code === "odd",
  });
  assert.deepEqual(run.values(), ["fine", "fine"]);
});

test(
  "retry may give params for the next attempt, for the requests it chooses",
  options,
  async () => {
    const sim = createSimulator({ respond: cutOff });
    const run = await new OpenAIBatch(sim.options).run([
      { id: "short", content: "a", params: { max_completion_tokens: 60 } },
      { id: "long", content: "b" },
    ], {
      params: { ...params, max_completion_tokens: 10, temperature: 0 },
      retry: moreRoom,
    });
    assert.deepEqual(run.values(), ["a", "b"]);
    const bodies = sim.ledger.requests.filter(({ text }) => text === "b")
      .map(({ body }) => body);
    assert.deepEqual(bodies, [
      { ...bodies[0], max_completion_tokens: 10, temperature: 0 },
      { ...bodies[0], max_completion_tokens: 100, temperature: 0 },
    ]);
    assert.equal(sim.ledger.requests.length, 3);
  },
);

test(
  "the last answer is the result when retry is never content",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt }) => `attempt ${attempt}`,
    });
    const run = await new OpenAIBatch(sim.options).run(sums(2), {
      params,
      maxAttempts: 2,
      retry: () => true,
    });
    assert.deepEqual(run.values(), ["attempt 2", "attempt 2"]);
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [2, 2]);
  },
);

test(
  "an answer that retry did not like is better than a failure after it",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt }) =>
        attempt === 1 ? "so so" : { status: 500, body: {} },
    });
    const run = await new OpenAIBatch(sim.options).run(sums(2), {
      params,
      retry: () => true,
    });
    assert.deepEqual(run.values(), ["so so", "so so"]);
  },
);

test(
  "a restart calls retry again and continues with the same params",
  options,
  async () => {
    const sim = createSimulator({ respond: cutOff });
    const job = {
      params: { ...params, max_completion_tokens: 10 },
      job: "night",
      retry: moreRoom,
    };
    const client = () => new OpenAIBatch(sim.options);
    await client().submit(sums(2), job);
    await sim.clock.advance(86_400_000);
    const attached = await client().attach("night", { retry: moreRoom });
    await attached.step();
    assert.equal((await attached.step()).done, false);
    const run = await client().run(sums(2), job);
    assert.deepEqual(run.values(), sums(2).map(({ content }) => content));
    assert.deepEqual(paidFor(sim, run.results), [2, 2]);
  },
);

test("the usage counts repeated attempts: they are paid", options, async () => {
  const sim = createSimulator({ respond: cutOff });
  const run = await new OpenAIBatch(sim.options).run(sums(4), {
    params: { ...params, max_completion_tokens: 10 },
    retry: moreRoom,
  });
  assert.equal(run.results.length, 4);
  assert.equal(run.usage.models[0]?.requests, 8);
  assert.equal(run.usage.total_tokens, 8 * 15);
  assert.equal(run.results[0]?.usage?.total_tokens, 15);
});

test(
  "a retry that isn't a function is refused before anything is sent",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    for (const retry of [true, { temperature: 1 }]) {
      const wrong = { params, retry: retry as never };
      await assert.rejects(client.run(sums(1), wrong), TypeError);
      assert.throws(() => client.direct(sums(1), wrong), TypeError);
    }
    assert.equal(sim.ledger.calls.length, 0);
  },
);

test(
  "a retry that returns a promise sends nothing again, and says so",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const retry = (() => Promise.resolve(false)) as never;
    for (
      const work of [
        () => client.run(sums(2), { params, retry }),
        () => client.direct(sums(2), { params, retry }).collect(),
      ]
    ) {
      await assert.rejects(
        work,
        /The option retry must return .* not a promise/,
      );
    }
    for (const { attempt } of sim.ledger.requests) assert.equal(attempt, 1);
  },
);

test(
  "an answer that does not do outweighs a later attempt that never ran, and so do the params that it asked for",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt }) =>
        attempt === 1 ? "no JSON" : { error: "batch_expired" },
    });
    const run = await new OpenAIBatch(sim.options).run(sums(1), {
      params,
      schema: z.object({ sum: z.number() }),
      retry: ({ error }) =>
        error?.code === "invalid_output" && { temperature: 1 },
    });
    const [result] = run.results;
    assert.equal(result?.error?.code, "invalid_output");
    assert.equal(result?.output, "no JSON");
    const asked = sim.ledger.requests.map(({ body }) => body.temperature);
    assert.deepEqual(asked, [undefined, 1, 1]);
  },
);

test(
  "an answer that is to be sent again is handed out when the job is cancelled meanwhile",
  options,
  async () => {
    const sim = createSimulator({ respond: () => "no JSON" });
    const client = new OpenAIBatch(sim.options);
    const submitted = await client.submit(sums(1), {
      params,
      schema: z.object({ sum: z.number() }),
      retry: () => true,
    });
    for await (const { activeBatches } of submitted.watch()) {
      if (sim.ledger.batches.length === 2 && activeBatches > 0) break;
    }
    await submitted.cancel();
    const { results } = await submitted.results().collect();
    assert.deepEqual(codes(results as Result[]), ["invalid_output"]);
  },
);
