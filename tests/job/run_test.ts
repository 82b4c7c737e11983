import { APIError, ConnectionError, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { callsTo, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

test("run gives one result per request, in input order", options, async () => {
  const client = new OpenAIBatch(createSimulator().options);
  const run = await client.run(sums(25), { params, batchSize: 4 });
  assert.deepEqual(run.results.map(({ id }) => id), sums(25).map((s) => s.id));
  assert.deepEqual(run.results.map(({ index }) => index), [
    ...Array(25).keys(),
  ]);
  assert.deepEqual(run.values(), sums(25).map((_, i) => `1 + ${i} = ${1 + i}`));
});

test(
  "run knows the batches, their files and their results",
  options,
  async () => {
    const client = new OpenAIBatch(createSimulator().options);
    const run = await client.run(sums(5), { params, batchSize: 2 });
    assert.deepEqual(run.batches.map(({ part }) => part), [0, 1, 2]);
    assert.deepEqual(run.batches.map(({ round }) => round), [0, 0, 0]);
    for (const batch of run.batches) {
      assert.equal(batch.status, "completed");
      assert.match(String(batch.output_file_id), /^file-/);
      assert.ok(batch.results.every(({ batchId }) => batchId === batch.id));
    }
    assert.deepEqual(
      run.batches.map((batch) => batch.results.map(({ id }) => id)),
      [["calc_0", "calc_1"], ["calc_2", "calc_3"], ["calc_4"]],
    );
  },
);

test("the usage is the sum of what the batches say", options, async () => {
  const client = new OpenAIBatch(createSimulator().options);
  const run = await client.run(sums(9), { params, batchSize: 2 });
  const total = run.batches.reduce(
    (n, { usage }) => n + usage!.total_tokens,
    0,
  );
  assert.equal(run.usage.total_tokens, total);
  assert.equal(run.usage.models[0]?.requests, 9);
  assert.equal(run.usage.cost, run.usage.standardCost! / 2);
});

test("an empty input is an empty run, and sends nothing", options, async () => {
  const sim = createSimulator();
  const run = await new OpenAIBatch(sim.options).run([], { params });
  assert.deepEqual(run.results, []);
  assert.deepEqual(run.values(), []);
  assert.equal(sim.ledger.calls.length, 0);
});

test(
  "requests of several models and endpoints share a job, not a batch",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    type Both = "/v1/chat/completions" | "/v1/embeddings";
    const run = await client.run<Both>([
      {
        custom_id: "a",
        method: "POST",
        url: "/v1/embeddings",
        body: { model: "text-embedding-3-small", input: "x" },
      },
      {
        custom_id: "b",
        method: "POST",
        url: "/v1/chat/completions",
        body: { model: "gpt-4o", messages: [{ role: "user", content: "x" }] },
      },
      {
        custom_id: "c",
        method: "POST",
        url: "/v1/chat/completions",
        body: { model: "gpt-5", messages: [{ role: "user", content: "x" }] },
      },
      {
        custom_id: "d",
        method: "POST",
        url: "/v1/embeddings",
        body: { model: "text-embedding-3-small", input: "y" },
      },
    ]);
    assert.ok(run.results.every(({ ok }) => ok));
    assert.deepEqual(
      run.batches.map((
        { endpoint, results },
      ) => [endpoint, results.map(({ id }) => id)]),
      [
        ["/v1/embeddings", ["a", "d"]],
        ["/v1/chat/completions", ["b"]],
        ["/v1/chat/completions", ["c"]],
      ],
    );
  },
);

test("a request larger than a part fails alone", options, async () => {
  const client = new OpenAIBatch(createSimulator().options);
  const run = await client.run(["1 + 1 = ", "x".repeat(5_000), "1 + 2 = "], {
    params,
    maxBytes: 2_000,
  });
  assert.deepEqual(run.results.map((r) => r.ok ? r.output : r.error.code), [
    "1 + 1 = 2",
    "too_large",
    "1 + 2 = 3",
  ]);
  assert.equal(run.get("1")?.attempts, 0);
  assert.equal(run.get("1")?.batchId, undefined);
});

test(
  "a job of 100 parts makes one upload, one create and one download per part, and a list call per look",
  options,
  async () => {
    const sim = createSimulator();
    const run = await new OpenAIBatch(sim.options).run(sums(200), {
      params,
      batchSize: 2,
      pollInterval: 600_000,
    });
    assert.equal(run.succeeded.length, 200);
    assert.equal(callsTo(sim, "POST", /\/files$/), 100);
    assert.equal(callsTo(sim, "POST", /\/batches$/), 100);
    assert.equal(callsTo(sim, "GET", /\/content$/), 100);
    const lists = callsTo(sim, "GET", /\/files$/); // for a cancel mark
    const hours = (sim.clock.now() - Date.UTC(2026, 0, 1)) / 3_600_000;
    assert.ok(callsTo(sim, "GET", /\/batches$/) <= 6 * hours + 2);
    assert.equal(
      sim.ledger.calls.length,
      300 + lists + callsTo(sim, "GET", /\/batches/),
    );
  },
);

test(
  "the tag is in file names and in the metadata, beside the caller's own",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    await client.run(sums(3), {
      params,
      batchSize: 2,
      job: "night-1",
      batch: {
        metadata: { team: "search" },
        output_expires_after: { anchor: "created_at", seconds: 86_400 },
      },
      file: { expires_after: { anchor: "created_at", seconds: 172_800 } },
    });
    const inputs = sim.ledger.files.filter(({ purpose }) =>
      purpose === "batch"
    );
    assert.match(
      inputs[0]!.filename,
      /^night-1\.v1\.p0\.r0\.n2\.[0-9a-f]{16}\.jsonl$/,
    );
    assert.match(
      inputs[1]!.filename,
      /^night-1\.v1\.p1\.r0\.n1\.[0-9a-f]{16}\.last\.jsonl$/,
    );
    assert.equal(inputs[0]!.expires_at! - inputs[0]!.created_at, 172_800);
    assert.deepEqual(
      sim.ledger.batches.map(({ metadata }) => metadata),
      inputs.map(({ filename }) => ({
        team: "search",
        offpeak: filename.replace(".jsonl", ""),
      })),
    );
  },
);

test(
  "metadata that OpenAI would refuse is refused before anything is sent",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const run = (metadata: Record<string, string>) =>
      client.run(["x"], { params, batch: { metadata } });
    await assert.rejects(run({ offpeak: "mine" }), /offpeak/);
    await assert.rejects(run({ ["k".repeat(65)]: "v" }), /64/);
    await assert.rejects(run({ k: "v".repeat(513) }), /512/);
    await assert.rejects(
      run(
        Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, ""])),
      ),
      /16/,
    );
    assert.equal(sim.ledger.calls.length, 0);
  },
);

test(
  "an error that will not pass ends the run, and names the job",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch({ ...sim.options, apiKey: "sk-wrong" });
    const error = await client.run(["x"], { params, job: "night-2" }).catch((
      e,
    ) => e);
    assert.ok(error instanceof APIError);
    assert.equal(error.status, 401);
    assert.equal(error.jobId, "night-2");
  },
);

test("an option that does not exist is refused", options, async () => {
  const client = new OpenAIBatch(createSimulator().options);
  const typo = { params, batchsize: 2 };
  await assert.rejects(client.run(["x"], typo as object), /"batchsize"/);
  const typo2 = { apiKey: "k", baseUrl: "x" };
  assert.throws(() => new OpenAIBatch(typo2 as object), /"baseUrl"/);
  await assert.rejects(
    client.run(["x"], { params, batchSize: 0 }),
    RangeError,
  );
  await assert.rejects(client.run(["x"], { params, job: "a b" }), TypeError);
});

test(
  "a deadline or a queue that isn't a number is refused, not ignored",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const wrong = [
      { deadline: NaN },
      { deadline: new Date("soon") },
      { deadline: "20h" as never },
      { maxEnqueuedTokens: -1 },
      { maxEnqueuedTokens: { "gpt-4o-mini": "many" as never } },
    ];
    for (const more of wrong) {
      await assert.rejects(client.run(["a"], { params, ...more }), RangeError);
    }
    assert.equal(sim.ledger.calls.length, 0);
  },
);

test(
  "an input that fails as a call would is an error of the input, and is not read on",
  options,
  async () => {
    const sim = createSimulator();
    const lost = new ConnectionError("reset");
    let opened = 0;
    async function* broken() {
      opened++;
      yield await Promise.resolve("1 + 1 = ");
      throw lost;
    }
    const run = new OpenAIBatch(sim.options).run(() => broken(), {
      params: { model: "gpt-4o-mini" },
    });
    await assert.rejects(run, {
      name: "OpenAIBatchError",
      message: "The input could not be read to the end",
      code: "input_failed",
      cause: lost,
    });
    assert.equal(opened, 1);
    assert.equal(sim.ledger.batches.length, 0);
  },
);

test(
  "the batches of a run stand in the order of the input, round after round",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt, text }) =>
        attempt === 1 ? { status: 500, body: {} } : text,
    });
    const client = new OpenAIBatch(sim.options);
    const { batches } = await client.run(sums(6), { params, batchSize: 2 });
    assert.deepEqual(batches.map(({ part, round }) => [part, round]), [
      ...[[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]],
    ]);
  },
);
