/** What a run makes of its results. */

import { FailedRequestsError, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { chatBody, type Respond, runOn, said } from "./_results.ts";

const MODEL = "gpt-4o-mini";

test("names of Object.prototype are ids like any other", options, async () => {
  const ids = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  const requests = ids.map((id) => ({ id, content: `of ${id}` }));
  const run = await runOn(({ text }) => text, requests);
  assert.deepEqual(run.values(), ids.map((id) => `of ${id}`));
  for (const id of ids) assert.equal(run.get(id)?.output, `of ${id}`);
  const { get } = await runOn(({ text }) => text, ["x"]);
  for (const id of ids) assert.equal(get(id), undefined);
});

test(
  "a run's usage is the sum over its results, refusals included",
  options,
  async () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 20,
      total_tokens: 30,
    };
    const run = await runOn(({ text }) => {
      if (text === "refuse") {
        return chatBody(said(null, { refusal: "No." }), { usage });
      }
      if (text === "fail") return { status: 400, body: { error: {} } };
      return chatBody(said(text), { usage });
    }, ["a", "refuse", "fail", "b"]);
    assert.equal(run.usage.input_tokens, 30);
    assert.equal(run.usage.output_tokens, 60);
    assert.equal(run.usage.total_tokens, 90);
    assert.equal(run.usage.models.length, 1);
    assert.match(run.usageTable(), /Total.*\b90\b/);
  },
);

test(
  "results are in input order, though the files are not",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => text });
    const client = new OpenAIBatch(sim.options);
    const texts = Array.from({ length: 60 }, (_, i) => `t${i}`);
    const run = await client.run(texts, {
      params: { model: MODEL },
      batchSize: 25,
      progress: false,
    });
    assert.deepEqual(run.values(), texts);
    assert.deepEqual(run.results.map(({ index }) => index), [...texts.keys()]);
    const asked = sim.ledger.requests.map(({ text }) => text);
    assert.deepEqual(asked.toSorted(), texts.toSorted());
    assert.notDeepEqual(asked, texts);
  },
);

test(
  "results are in input order, though their models are mixed",
  options,
  async () => {
    const requests = Array.from({ length: 12 }, (_, i) => ({
      content: `t${i}`,
      params: { model: `m${i % 3}` },
    }));
    const run = await runOn(({ text, model }) => `${text} ${model}`, requests, {
      batchSize: 2,
    });
    assert.deepEqual(
      run.values(),
      requests.map(({ content, params }) => `${content} ${params.model}`),
    );
    assert.deepEqual(
      run.results.map(({ model }) => model),
      requests.map(({ params }) => params.model),
    );
  },
);

test("get finds a result by its id", options, async () => {
  const requests = [{ id: "x", content: "a" }, "b"];
  const run = await runOn(({ text }) => text, requests);
  assert.equal(run.get("x"), run.results[0]);
  assert.equal(run.get("1"), run.results[1]);
  assert.equal(run.get("0"), undefined);
});

test(
  "succeeded and failed are the results, told apart, in input order",
  options,
  async () => {
    const respond: Respond = ({ text }) =>
      Number(text) % 3 === 0 ? { status: 400, body: { error: {} } } : text;
    const run = await runOn(respond, ["0", "1", "2", "3", "4"]);
    assert.deepEqual(run.succeeded.map(({ id }) => id), ["1", "2", "4"]);
    assert.deepEqual(run.failed.map(({ id }) => id), ["0", "3"]);
    assert.deepEqual(run.results.map(({ ok }) => ok), [
      false,
      true,
      true,
      false,
      true,
    ]);
  },
);

test(
  "values throws FailedRequestsError with every failure, if there is one",
  options,
  async () => {
    const body = {
      error: { message: "SECRET", code: "context_length_exceeded" },
    };
    const respond: Respond = ({ text }) =>
      text === "long" ? { status: 400, body } : text;
    const run = await runOn(respond, ["a", { id: "l", content: "long" }], {
      job: "j",
    });
    assert.throws(() => run.values(), (error) => {
      assert.ok(error instanceof FailedRequestsError);
      assert.equal(error.name, "FailedRequestsError");
      assert.equal(error.jobId, "j");
      assert.deepEqual(error.failed, run.failed);
      assert.match(error.message, /"l".*context_length_exceeded/);
      assert.doesNotMatch(error.message, /SECRET/);
      return true;
    });
  },
);

test(
  "batches are the API's own objects, each with its part and its results",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ text }) =>
        text === "t2" ? { status: 400, body: { error: {} } } : text,
    });
    const client = new OpenAIBatch(sim.options);
    const run = await client.run(["t0", "t1", "t2", "t3", "t4"], {
      params: { model: MODEL },
      batchSize: 2,
      progress: false,
    });
    assert.deepEqual(
      run.batches.map(({ part, round }) => [part, round]),
      [[0, 0], [1, 0], [2, 0]],
    );
    assert.deepEqual(
      run.batches.map(({ results }) => results.map(({ id }) => id)),
      [["0", "1"], ["2", "3"], ["4"]],
    );
    for (const [i, batch] of run.batches.entries()) {
      const { part: _, round: __, results, ...wire } = batch;
      assert.deepEqual(wire, sim.ledger.batches[i]);
      for (const result of results) assert.equal(result.batchId, batch.id);
    }
    assert.deepEqual(
      run.batches.flatMap(({ results }) => results),
      run.results,
    );
  },
);

test(
  "a stream yields each result once, with its place in the input",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => text });
    const client = new OpenAIBatch(sim.options);
    const texts = Array.from({ length: 10 }, (_, i) => `t${i}`);
    const stream = client.stream(texts, {
      params: { model: MODEL },
      batchSize: 3,
      progress: false,
    });
    const results = await Array.fromAsync(stream);
    assert.deepEqual(
      results.map(({ index }) => index).toSorted((a, b) => a! - b!),
      [...texts.keys()],
    );
    for (const { index, output } of results) {
      assert.equal(
        output,
        texts[index!],
      );
    }
  },
);
