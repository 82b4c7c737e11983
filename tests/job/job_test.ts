import { type JobStatus, OpenAIBatch, poll } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { callsTo, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

test(
  "submit comes back when all is queued, before anything is answered",
  options,
  async () => {
    const sim = createSimulator();
    const job = await new OpenAIBatch(sim.options).submit(sums(5), {
      params,
      batchSize: 2,
    });
    assert.equal(sim.ledger.batches.length, 3);
    assert.equal(callsTo(sim, "GET", /\/content$/), 0);
    const run = await job.results().collect();
    assert.equal(run.jobId, job.id);
    assert.equal(run.succeeded.length, 5);
  },
);

test("a step looks once and never sleeps", options, async () => {
  const sim = createSimulator();
  const job = await new OpenAIBatch(sim.options).submit(sums(2), { params });
  const status = await job.step();
  const before = sim.clock.now();
  const next = await job.step();
  assert.ok(sim.clock.now() - before < 1_000); // the simulator's latency
  assert.ok(status.wait > 0 && next.wait > 0);
  assert.equal(status.done, false);
  assert.equal(status.activeBatches, 1);
});

test(
  "a step that is told to wait reports it instead of sleeping",
  options,
  async () => {
    const sim = createSimulator();
    const job = await new OpenAIBatch(sim.options).submit(sums(2), { params });
    const busy: typeof sim.fetch = () =>
      Promise.resolve(
        Response.json({ error: { message: "Slow down" } }, {
          status: 429,
          headers: { "retry-after": "90" },
        }),
      );
    let fetch = sim.fetch;
    const client = new OpenAIBatch({
      ...sim.options,
      fetch: (input, init) => fetch(input, init),
    });
    const other = await client.submit(sums(2), { params });
    await sim.clock.advance(120_000);
    fetch = busy;
    assert.equal((await other.step()).wait, 90_000);
    assert.ok(job.id !== other.id);
  },
);

test(
  "results without waiting are those that can be read now, all of them each time",
  options,
  async () => {
    const sim = createSimulator();
    const job = await new OpenAIBatch(sim.options).submit(sums(20), {
      params,
      batchSize: 2,
    });
    let ids: string[] = [];
    for (let looks = 0; ids.length < 20; looks++) {
      assert.ok(looks < 100);
      const before = ids;
      ids = [];
      for await (const { id } of job.results({ wait: false })) ids.push(id);
      assert.ok(before.every((id) => ids.includes(id)));
      await sim.clock.advance(600_000);
    }
    assert.deepEqual(ids.toSorted(), sums(20).map(({ id }) => id).toSorted());
  },
);

test(
  "watch gives a status after each step, the last one done",
  options,
  async () => {
    const sim = createSimulator();
    const job = await new OpenAIBatch(sim.options).submit(sums(6), {
      params,
      batchSize: 2,
    });
    const seen: JobStatus[] = [];
    for await (const status of job.watch()) seen.push(status);
    assert.ok(seen.length > 2);
    assert.deepEqual(
      seen.map(({ done }) => done).indexOf(true),
      seen.length - 1,
    );
    const { phase, requests, parts, activeBatches, wait } = seen.at(-1)!;
    assert.deepEqual({ phase, requests, parts, activeBatches, wait }, {
      phase: "Done",
      requests: { total: 6, succeeded: 6, failed: 0, open: 0 },
      parts: { total: 3, done: 3 },
      activeBatches: 0,
      wait: 0,
    });
  },
);

test(
  "progress gets its first status, with the job's id, before anything is sent",
  options,
  async () => {
    const sim = createSimulator();
    const seen: JobStatus[] = [];
    let calls: number | undefined;
    const run = await new OpenAIBatch(sim.options).run(sums(4), {
      params,
      batchSize: 2,
      progress: (status) => {
        calls ??= sim.ledger.calls.length;
        seen.push(status);
      },
    });
    assert.equal(calls, 0);
    assert.equal(seen[0]?.id, run.jobId);
    assert.deepEqual([...new Set(seen.map(({ phase }) => phase))], [
      "Preparing",
      "Sending",
      "Processing",
      "Done",
    ]);
    assert.deepEqual(seen.at(-1)?.requests, {
      total: 4,
      succeeded: 4,
      failed: 0,
      open: 0,
    });
  },
);

test(
  "an abort rejects with its reason and leaves the batches running",
  options,
  async () => {
    const sim = createSimulator();
    const stop = new AbortController();
    const running = new OpenAIBatch(sim.options).run(sums(4), {
      params,
      signal: stop.signal,
      progress: ({ phase }) =>
        phase === "Processing" && stop.abort(new Error("enough")),
    });
    await assert.rejects(running, /enough/);
    await sim.clock.advance(1);
    assert.equal(callsTo(sim, "POST", /\/cancel$/), 0);
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "stream gives results while its input is still read, and closes it at a break",
  options,
  async () => {
    const sim = createSimulator();
    let asked = 0;
    let released = false;
    async function* endless() {
      try {
        while (true) {
          await sim.clock.sleep(60_000);
          yield { id: `q${asked}`, content: `1 + ${asked++} = ` };
        }
      } finally {
        released = true;
      }
    }
    const stream = new OpenAIBatch(sim.options).stream(endless(), {
      params,
      batchSize: 3,
    });
    let results = 0;
    for await (const { ok } of stream) {
      assert.ok(ok);
      if (++results === 5) break;
    }
    assert.ok(released);
    // Both batches were read, though the last result was not handed out.
    assert.equal(stream.usage.models[0]?.requests, 6);
  },
);

test(
  "poll gives every change of every batch until all have ended",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) {
      const line = {
        custom_id: name,
        method: "POST",
        url: "/v1/embeddings",
        body: { model: "text-embedding-3-small", input: "Hi" },
      };
      const file = new File([`${JSON.stringify(line)}\n`], "batch.jsonl");
      const { id: input_file_id } = await client.files.create({
        file,
        purpose: "batch",
      });
      const { id } = await client.batches.create({
        input_file_id,
        endpoint: "/v1/embeddings",
        completion_window: "24h",
      });
      ids.push(id);
    }
    const seen = new Map<string, string[]>(ids.map((id) => [id, []]));
    for await (
      const { id, status } of poll(client, ids, { pollInterval: 10_000 })
    ) seen.get(id)!.push(status);
    for (const statuses of seen.values()) {
      assert.equal(statuses.at(-1), "completed");
      assert.ok(statuses.length > 1);
    }
    const looks = (sim.clock.now() - Date.UTC(2026, 0, 1)) / 10_000 + 1;
    assert.ok(callsTo(sim, "GET", /\/batches$/) <= looks, "one list per look");
    const retrieved = callsTo(sim, "GET", /\/batches\/[^/]+$/);
    assert.ok(retrieved < 1.5 * looks, "and mostly one that is not believed");
  },
);

test(
  "the questions of a real data set, as one job, each answered under its id",
  options,
  async (t) => {
    const { readFile } = await import("node:fs/promises");
    const path = new URL(
      "../../../shared/data/gsm8k_test.jsonl",
      import.meta.url,
    );
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) return t.skip("the data is not here");
    const rows: { question: string; answer: string }[] = text.trim().split("\n")
      .map((line) => JSON.parse(line));
    const answers = new Map(
      rows.map(({ question, answer }) => [question, answer]),
    );
    const sim = createSimulator({ respond: ({ text }) => answers.get(text)! });
    const run = await new OpenAIBatch(sim.options).run(
      rows.map(({ question }, i) => ({ id: `gsm8k_${i}`, content: question })),
      { params, batchSize: 200 },
    );
    assert.equal(run.results.length, 1_319);
    for (const [i, { answer }] of rows.entries()) {
      const result = run.get(`gsm8k_${i}`);
      assert.equal(result?.ok && result.output, answer);
      assert.equal(result?.index, i);
    }
  },
);

test("a signal ends a step between two calls", options, async () => {
  const sim = createSimulator({ respond: () => ({ status: 500, body: {} }) });
  const controller = new AbortController();
  let isStepped = false;
  const client = new OpenAIBatch({
    ...sim.options,
    fetch: (input, init) => {
      if (isStepped) controller.abort();
      return sim.fetch(input, { ...init, signal: null });
    },
  });
  const submitted = await client.submit(sums(2), { params });
  await sim.clock.advance(86_400_000);
  isStepped = true;
  const calls = sim.ledger.calls.length;
  const { signal } = controller;
  await assert.rejects(submitted.step({ signal }), { name: "AbortError" });
  assert.equal(sim.ledger.calls.length, calls + 1);
  isStepped = false;
  assert.equal((await submitted.step()).id, submitted.id);
});

test(
  "a job that is deleted while the jobs are listed is left out",
  options,
  async () => {
    // One failure each: whether a job is done is told by its files only.
    const sim = createSimulator({
      respond: ({ custom_id, text }) =>
        custom_id === "calc_1" ? { status: 400, body: {} } : text,
    });
    const client = new OpenAIBatch(sim.options);
    for (const job of ["a", "b", "c"]) {
      await client.run(sums(2), { params, job });
    }
    const ids: string[] = [];
    for await (const { id } of client.jobs()) {
      ids.push(id);
      if (id === "c") await (await client.attach("b")).cleanup();
    }
    assert.deepEqual(ids, ["c", "a"]);
  },
);
