/** Which calls are one batch, and when that is sent. */

import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { ask, chat, post } from "../_support/calls.ts";
import { laggingAll } from "../_support/servers.ts";
import { start, uploads } from "./_windows.ts";

const HOUR = 3_600_000;

test(
  "concurrent calls are one batch, each with its own answer",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const sums = Array.from({ length: 100 }, (_, i) => i);
    const answers = await Promise.all(
      sums.map((i) => ask(fetch, `${i} + 1 = `)),
    );
    assert.deepEqual(
      answers.map(({ status, text }) => [status, text]),
      sums.map((i) => [200, `${i} + 1 = ${i + 1}`]),
    );
    assert.equal(sim.ledger.batches.length, 1);
    assert.equal(fetch.pending, 0);
    const { collected, answered, sent, jobs } = fetch.stats;
    assert.deepEqual({ collected, answered, sent, jobs }, {
      collected: 100,
      answered: 100,
      sent: 100,
      jobs: 1,
    });
  },
);

test(
  "an answer has the body and the request id that the API gave",
  options,
  async () => {
    const body = {
      id: "chatcmpl-1",
      choices: [{ index: 0, message: { role: "assistant", content: "hi" } }],
      usage: null,
      odd: { b: 1, a: 2 },
    };
    const sim = createSimulator({ respond: () => body });
    const answer = await ask(start(sim), "hello");
    assert.deepEqual(answer.body, body);
    assert.equal(answer.headers.get("content-type"), "application/json");
    assert.match(answer.headers.get("x-request-id") ?? "", /^req_/);
  },
);

test(
  "calls of several endpoints and models are batches of one job",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const base = "https://api.openai.com/v1";
    await Promise.all([
      ask(fetch, "a"),
      post(fetch, chat("b", { model: "gpt-4o" })),
      post(fetch, { model: "gpt-4o", input: "c" }, {
        url: `${base}/responses`,
      }),
      post(fetch, { model: "text-embedding-3-small", input: "d" }, {
        url: `${base}/embeddings`,
      }),
    ]);
    assert.equal(fetch.stats.jobs, 1);
    assert.deepEqual(
      sim.ledger.batches.map(({ endpoint }) => endpoint).sort(),
      [
        "/v1/chat/completions",
        "/v1/chat/completions",
        "/v1/embeddings",
        "/v1/responses",
      ],
    );
  },
);

test(
  "calls under another base path go to the files and batches of that path",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const url = "https://example.com/openai/v1/chat/completions?api-version=2";
    assert.equal((await ask(fetch, "hello", { url })).status, 200);
    assert.deepEqual(
      sim.ledger.calls.filter(({ path }) => !path.startsWith("/openai/v1/")),
      [],
    );
    assert.equal(sim.ledger.batches[0]?.endpoint, "/v1/chat/completions");
  },
);

test(
  "a window ends when its time has passed without a new call",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim, { window: 60_000 });
    const first = ask(fetch, "a");
    await sim.clock.sleep(50_000);
    const second = ask(fetch, "b");
    await sim.clock.sleep(59_000);
    assert.equal(uploads(sim), 0);
    await Promise.all([first, second]);
    assert.equal(uploads(sim), 1);
  },
);

test("a window ends at its size", options, async () => {
  const sim = createSimulator();
  const fetch = start(sim, { size: 2, window: HOUR });
  await Promise.all(["a", "b", "c", "d"].map((text) => ask(fetch, text)));
  assert.deepEqual(
    sim.ledger.batches.map(({ request_counts }) => request_counts?.total),
    [2, 2],
  );
});

test(
  "flush sends what was collected, and resolves when it is sent",
  options,
  async () => {
    const sim = createSimulator();
    const startedAt = sim.clock.now();
    const fetch = start(sim, { window: HOUR });
    const answer = ask(fetch, "a");
    await fetch.flush();
    const [batch] = sim.ledger.batches;
    assert.ok(batch!.created_at * 1000 >= startedAt + 30_000);
    assert.equal(fetch.pending, 1);
    assert.equal((await answer).status, 200);
  },
);

test(
  "a process waits for the lists to settle once, and not for later windows",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim, { settleTime: 600_000, window: 10_000 });
    const startedAt = sim.clock.now();
    await ask(fetch, "a");
    const before = sim.clock.now();
    await ask(fetch, "b");
    const [first, second] = sim.ledger.batches.map(({ created_at }) =>
      created_at * 1000
    );
    assert.ok(first! >= startedAt + 600_000);
    assert.ok(second! < before + 30_000, `${second! - before}`);
  },
);

test("a two-step loop of 1,000 agents is two batches", options, async () => {
  const sim = createSimulator({ respond: ({ text }) => `${text}!` });
  const fetch = start(sim);
  const agents = Array.from({ length: 1_000 }, async (_, i) => {
    const { text } = await ask(fetch, `agent ${i}`);
    return (await ask(fetch, text!)).text;
  });
  const answers = await Promise.all(agents);
  assert.deepEqual(answers, answers.map((_, i) => `agent ${i}!!`));
  assert.equal(sim.ledger.batches.length, 2);
  assert.equal(fetch.stats.jobs, 2);
});

test(
  "calls that come while the lists settle are one job",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim, { settleTime: 600_000, window: 1_000 });
    const first = ask(fetch, "a");
    await sim.clock.sleep(60_000);
    await Promise.all([first, ask(fetch, "b")]);
    assert.equal(fetch.stats.jobs, 1);
  },
);

test(
  "calls that wait for the first look longer than a window are one job",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim, {
      settleTime: 0,
      window: 1_000,
      fetch: async (input, init) => {
        await sim.clock.sleep(5_000);
        return await sim.fetch(input, init);
      },
    });
    await Promise.all([ask(fetch, "a"), ask(fetch, "b")]);
    assert.equal(fetch.stats.jobs, 1);
  },
);

test(
  "the same calls in another order are the same job with the same file",
  options,
  async () => {
    const sim = createSimulator();
    const lagging = laggingAll(sim, 20_000);
    const processes = [["a", "b"], ["b", "a"]].map((texts) => {
      const fetch = start(sim, { fetch: lagging });
      return Promise.all(texts.map((text) => ask(fetch, text)));
    });
    await Promise.all(processes);
    const names = sim.ledger.files.filter(({ purpose }) => purpose === "batch")
      .map(({ filename }) => filename);
    assert.equal(names.length, 2);
    assert.equal(names[0], names[1]);
  },
);
