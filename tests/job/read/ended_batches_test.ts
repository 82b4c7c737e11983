import { type Clock, OpenAIBatch, type Result } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { rewriteBatches } from "../../_support/rewrite.ts";
import { callsTo, sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

function codes(results: Result[]): string[] {
  return results.map((result) => result.ok ? "ok" : result.error.code);
}

test(
  "an expired batch keeps its paid answers; the rest says batch_expired",
  options,
  async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const run = await new OpenAIBatch(sim.options).run(sums(40), { params });
    assert.equal(run.batches[0]?.status, "expired");
    assert.deepEqual([...new Set(codes(run.results))].sort(), [
      "batch_expired",
      "ok",
    ]);
    for (const { id, ok } of run.results) {
      assert.equal(ok, sim.ledger.answered(id) === 1);
    }
  },
);

test(
  "a cancelled batch keeps its paid answers; the rest says batch_cancelled",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const job = await client.submit(sums(40), { params, maxAttempts: 1 });
    const [batch] = sim.ledger.batches;
    for await (const status of job.watch()) {
      if (status.requests.succeeded === 0) continue;
      await client.batches.cancel(batch!.id).catch(() => {});
      break;
    }
    const run = await job.results().collect();
    assert.equal(run.batches[0]?.status, "cancelled");
    assert.deepEqual([...new Set(codes(run.results))].sort(), [
      "batch_cancelled",
      "ok",
    ]);
    for (const { id, ok } of run.results) {
      assert.equal(ok, sim.ledger.answered(id) === 1);
    }
  },
);

test(
  "a failed batch tells each request its own reason, or the file's",
  options,
  async () => {
    const sim = createSimulator();
    // Only the server can tell what is wrong with the second line.
    const data = [{
      code: "invalid_request",
      message: "Messages parameter is required.",
      line: 2,
    }];
    const fetch = rewriteBatches(
      sim.fetch,
      (batch) => batch.errors ? { ...batch, errors: { data } } : batch,
    );
    const run = await new OpenAIBatch({ ...sim.options, fetch }).run(
      ["good", "bad"],
      { params: { model: "nonexistent" } },
    );
    assert.equal(run.batches[0]?.status, "failed");
    assert.deepEqual(codes(run.results), [
      "invalid_request",
      "invalid_request",
    ]);
    assert.match(
      run.failed[1]!.error.message,
      /Messages parameter is required/,
    );
  },
);

test(
  "a full queue shows as such in every result of the batch",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 1 } });
    const run = await new OpenAIBatch(sim.options).run(sums(2), { params });
    assert.deepEqual(codes(run.results), [
      "token_limit_exceeded",
      "token_limit_exceeded",
    ]);
    assert.match(run.failed[0]!.error.message, /Enqueued token limit/);
  },
);

test("completed with every request failed doesn't crash", options, async () => {
  const sim = createSimulator({
    respond: () => ({
      status: 400,
      body: {
        error: {
          message: "No.",
          type: "invalid_request_error",
          param: "seed",
          code: "invalid_value",
        },
      },
    }),
  });
  const run = await new OpenAIBatch(sim.options).run(sums(3), { params });
  assert.equal(run.batches[0]?.output_file_id, null);
  assert.deepEqual(
    run.failed.map(({ error }) => error),
    Array(3).fill({
      code: "invalid_value",
      message: "No.",
      status: 400,
      type: "invalid_request_error",
      param: "seed",
    }),
  );
});

test("file ids that come late are waited for", options, async () => {
  const sim = createSimulator({ faults: { late_files: 1 } });
  const run = await new OpenAIBatch(sim.options).run(sums(10), {
    params,
    batchSize: 5,
  });
  assert.deepEqual(codes(run.results), Array(10).fill("ok"));
});

test(
  "file ids that come late are waited for by a clock that is 20 minutes ahead",
  options,
  async () => {
    const sim = createSimulator({ faults: { late_files: 1 } });
    const clock: Clock = {
      now: () => sim.clock.now() + 1_200_000,
      sleep: (ms, signal) => sim.clock.sleep(ms, signal),
    };
    const client = new OpenAIBatch({ ...sim.options, clock });
    const run = await client.run(sums(10), { params, batchSize: 5 });
    assert.deepEqual(codes(run.results), Array(10).fill("ok"));
    assert.equal(sim.ledger.batches.length, 2);
  },
);

test(
  "a request without a line gets a result that says so, and a wait for late lines comes first",
  options,
  async () => {
    const sim = createSimulator({ faults: { missing_lines: 1 } });
    const run = await new OpenAIBatch(sim.options).run(sums(40), { params });
    assert.deepEqual([...new Set(codes(run.results))].sort(), [
      "missing",
      "ok",
    ]);
    const { completed_at } = run.batches[0]!;
    assert.ok(sim.clock.now() >= completed_at! * 1_000 + 600_000);
  },
);

test(
  "an error file that is there and empty is not downloaded",
  options,
  async () => {
    const sim = createSimulator({ faults: { empty_error_file: 1 } });
    const run = await new OpenAIBatch(sim.options).run(sums(5), { params });
    assert.equal(run.succeeded.length, 5);
    assert.equal(callsTo(sim, "GET", /\/content$/), 1);
  },
);

test(
  "a batch with successes and failures has both its files read",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ text }) =>
        text.includes("+ 3") ? { error: "request_timeout" } : "fine",
    });
    const run = await new OpenAIBatch(sim.options).run(sums(5), {
      params,
      maxAttempts: 1,
    });
    assert.deepEqual(codes(run.results), [
      "ok",
      "ok",
      "ok",
      "request_timeout",
      "ok",
    ]);
    assert.equal(callsTo(sim, "GET", /\/content$/), 2);
  },
);

test(
  "statuses in capitals, ISO dates, null counts and {} for no file are read as they are meant",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = rewriteBatches(sim.fetch, (batch) => ({
      ...batch,
      status: batch.status.toUpperCase(),
      created_at: new Date(batch.created_at * 1_000).toISOString(),
      request_counts: null,
      error_file_id: {},
      metadata: undefined,
    }));
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(4), { params, batchSize: 2 });
    assert.deepEqual(codes(run.results), Array(4).fill("ok"));
  },
);

test("an unknown status counts as not ended", options, async () => {
  const sim = createSimulator();
  const fetch = rewriteBatches(sim.fetch, (batch) => ({
    ...batch,
    status: batch.status === "in_progress" ? "scheduling" : batch.status,
  }));
  const client = new OpenAIBatch({ ...sim.options, fetch });
  assert.equal((await client.run(sums(2), { params })).succeeded.length, 2);
});
