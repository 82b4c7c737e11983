import { OpenAIBatch } from "@offpeak/openai-batch";
import {
  type BatchFetch,
  type BatchFetchOptions,
  createBatchFetch,
} from "@offpeak/openai-batch/fetch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { ask, chat, post } from "../_support/calls.ts";
import {
  errorAnswer,
  intercept,
  isCreate,
  laggingAll,
} from "../_support/servers.ts";

const HOUR = 3_600_000;

/** A program that was started just now. */
function start(
  sim: Simulator,
  more: Partial<BatchFetchOptions> = {},
): BatchFetch {
  const { fetch, clock } = sim.options;
  return createBatchFetch({ fetch, clock, job: "night", ...more });
}

/** How often each request of a batch was answered and paid. */
function paid(sim: Simulator): number[] {
  const ids = new Set(sim.ledger.requests.map(({ custom_id }) => custom_id));
  return [...ids].map((id) => sim.ledger.answered(id));
}

function uploads(sim: Simulator): number {
  return sim.ledger.calls.filter(({ method, path }) =>
    method === "POST" && path === "/v1/files"
  ).length;
}

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
  "a program that is run again sends nothing, and gets its answers at once",
  options,
  async () => {
    const sim = createSimulator();
    const program = async (fetch: BatchFetch) => {
      const { text } = await ask(fetch, "a");
      const rest = ["b", "c"].map((letter) => ask(fetch, `${text} ${letter}`));
      return (await Promise.all(rest)).map(({ text }) => text);
    };
    const first = await program(start(sim));
    const sent = uploads(sim);
    const at = sim.clock.now();
    const calls = sim.ledger.calls.length;
    const fetch = start(sim);
    assert.deepEqual(await program(fetch), first);
    assert.equal(uploads(sim), sent);
    assert.equal(sim.ledger.batches.length, 2);
    assert.ok(sim.clock.now() - at < 10_000);
    assert.equal(fetch.stats.found, 3);
    // A list, and the input file of each of two jobs; to read a job takes no more than six.
    assert.ok(sim.ledger.calls.length - calls <= 3 + 2 * 6);
  },
);

test("under another name the same calls are asked again", options, async () => {
  const sim = createSimulator();
  await ask(start(sim), "a");
  // A name that begins with the other one.
  await ask(start(sim, { job: "night-2" }), "a");
  await ask(start(sim, { job: "nigh" }), "a");
  assert.equal(sim.ledger.batches.length, 3);
});

test(
  "equal calls get an answer each, and the same ones when they are run again",
  options,
  async () => {
    let n = 0;
    const sim = createSimulator({ respond: () => `answer ${n++}` });
    const program = (fetch: BatchFetch) =>
      Promise.all([1, 2, 3].map(() => ask(fetch, "a")));
    const texts = async (fetch: BatchFetch) =>
      (await program(fetch)).map(({ text }) => text);
    const first = await texts(start(sim));
    assert.equal(new Set(first).size, 3);
    assert.deepEqual(await texts(start(sim)), first);
    const more = start(sim);
    assert.deepEqual(await texts(more), first);
    assert.equal((await ask(more, "a")).text, "answer 3");
    assert.deepEqual(paid(sim), [1, 1, 1, 1]);
  },
);

test(
  "the order of a body's keys and the headers of a call don't matter to its key",
  options,
  async () => {
    const sim = createSimulator();
    const text = (body: string, headers = {}) =>
      post(start(sim), body, { headers });
    const { body } = await text(
      '{"model":"m","messages":[{"role":"user","content":"a"}],"metadata":{"a":"1","b":"2"}}',
    );
    const again = await text(
      '{"metadata":{"b":"2","a":"1"},"messages":[{"content":"a","role":"user"}],"model":"m"}',
      { "x-stainless-retry-count": "1" },
    );
    assert.deepEqual(again.body, body);
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "a call with a name of its own is found whatever its body",
  options,
  async () => {
    const sim = createSimulator();
    const named = (name: string, text: string) =>
      ask(start(sim), text, { headers: { "x-offpeak-key": name } });
    const first = await named("the news", "it is 10:01");
    assert.equal((await named("the news", "it is 10:02")).text, first.text);
    assert.notEqual(
      (await named("other news", "it is 10:03")).text,
      first.text,
    );
    assert.equal(sim.ledger.batches.length, 2);
  },
);

test(
  "an answer that came after the program died is not asked for again",
  options,
  async () => {
    const sim = createSimulator();
    const dying = new AbortController();
    const fetch = start(sim, { signal: dying.signal });
    const died = assert.rejects(ask(fetch, "a"), /killed/);
    await fetch.flush();
    dying.abort(new Error("killed"));
    await died;
    assert.equal(sim.ledger.batches.length, 1);
    const again = start(sim);
    assert.equal((await ask(again, "a")).status, 200);
    assert.equal(sim.ledger.batches.length, 1);
    assert.deepEqual(again.stats.sent, 0);
  },
);

/** A process that dies after its upload, before it creates the batch. */
async function uploadOnly(sim: Simulator, texts: string[]): Promise<void> {
  const dying = new AbortController();
  const fetch = start(sim, {
    signal: dying.signal,
    fetch: intercept(sim, (call) => {
      if (!isCreate(call)) return call.send();
      dying.abort(new Error("killed"));
      return Promise.reject(dying.signal.reason);
    }),
  });
  await Promise.allSettled(texts.map((text) => ask(fetch, text)));
  assert.equal(uploads(sim), 1);
  assert.equal(sim.ledger.batches.length, 0);
}

test(
  "a file without a batch is used by the next process that awaits one of its calls",
  options,
  async () => {
    const sim = createSimulator();
    await uploadOnly(sim, ["a", "b"]);
    const answers = await Promise.all(
      ["a", "c"].map((text) => ask(start(sim), text)),
    );
    assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
    assert.deepEqual(
      sim.ledger.batches.map(({ request_counts }) => request_counts?.total)
        .sort(),
      [1, 2],
    );
  },
);

test(
  "a file without a batch is not started if none of its calls is awaited",
  options,
  async () => {
    const sim = createSimulator();
    await uploadOnly(sim, ["a", "b"]);
    await ask(start(sim), "c");
    assert.deepEqual(sim.ledger.requests.map(({ text }) => text), ["c"]);
  },
);

test(
  "two processes at once get right answers, and what both sent is counted",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => text.toUpperCase() });
    const fetch = laggingAll(sim, 20_000);
    const one = start(sim, { fetch });
    const two = start(sim, { fetch });
    const answers = await Promise.all([
      ...["a", "b", "c"].map((text) => ask(one, text)),
      ...["b", "c", "d"].map((text) => ask(two, text)),
    ]);
    assert.deepEqual(answers.map(({ text }) => text), [..."ABCBCD"]);
    const extra = paid(sim).reduce((sum, times) => sum + times - 1, 0);
    assert.equal(extra, 2);
    assert.equal(Math.max(one.stats.duplicates, two.stats.duplicates), extra);
  },
);

test(
  "a second process at the same time is not paid for what it can see in time",
  options,
  async () => {
    const sim = createSimulator();
    const one = start(sim);
    const first = ask(one, "a");
    await one.flush();
    const two = start(sim);
    await Promise.all([first, ask(two, "a")]);
    assert.deepEqual(paid(sim), [1]);
    assert.equal(two.stats.found, 1);
  },
);

test(
  "a job whose name is promised to be new is sent at once",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const params = { model: "gpt-4o-mini" };
    const startedAt = sim.clock.now();
    await client.submit(["a"], { params, job: "new", isNew: true });
    assert.ok(sim.clock.now() - startedAt < 5_000);
    const run = await client.run(["a"], { params, job: "new" });
    assert.equal(run.succeeded.length, 1);
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "the input files of jobs are listed with the ids in them",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ text, attempt }) =>
        attempt === 1 ? { error: "request_timeout" } : text,
    });
    const client = new OpenAIBatch(sim.options);
    const params = { model: "gpt-4o-mini" };
    const request = (id: string) => ({ id, content: "hello" });
    await client.run(["a", "b", "c"].map(request), {
      params,
      batchSize: 2,
      job: "night-1",
    });
    await client.run([request("d")], { params, job: "day" });
    const inputs = await client.inputs({ prefix: "night" });
    assert.deepEqual(
      await Promise.all(
        inputs.map(async ({ job, part, ids }) => [job, part, await ids()]),
      ),
      [["night-1", 0, ["a", "b"]], ["night-1", 1, ["c"]]],
    );
    assert.equal((await client.inputs()).length, 3);
  },
);

test(
  "a file whose batch was refused is used by the next equal call, though another window looked meanwhile",
  options,
  async () => {
    const sim = createSimulator();
    let creates = 0;
    let onList = () => {};
    let other: Promise<unknown> | undefined;
    const fetch = start(sim, {
      size: 1,
      fetch: intercept(sim, async (call) => {
        const isList = call.method === "GET" && call.path.endsWith("/files");
        if (isList) queueMicrotask(onList);
        if (!isCreate(call) || creates++ > 0) return await call.send();
        const looked = new Promise<void>((resolve) => onList = resolve);
        other = ask(fetch, "b");
        await looked;
        await sim.clock.sleep(1_000);
        return errorAnswer(403, "not_now");
      }),
    });
    assert.equal((await ask(fetch, "a")).status, 403);
    assert.equal((await ask(fetch, "a")).status, 200);
    await other;
    assert.equal(uploads(sim), 2);
    assert.deepEqual(paid(sim), [1, 1]);
  },
);

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

test(
  "a call whose upload was refused is sent by the next equal call",
  options,
  async () => {
    const sim = createSimulator();
    let uploads = 0;
    const fetch = start(sim, {
      fetch: intercept(sim, (call) => {
        const isUpload = call.method === "POST" && call.path.endsWith("/files");
        return isUpload && uploads++ === 0
          ? Promise.resolve(errorAnswer(403, "not_now"))
          : call.send();
      }),
    });
    assert.equal((await ask(fetch, "a")).status, 403);
    assert.equal((await ask(fetch, "a")).status, 200);
  },
);

test(
  "a job that arrived in part answers its calls, and the others are sent",
  options,
  async () => {
    const sim = createSimulator();
    const dying = new AbortController();
    let uploads = 0;
    const program = (fetch: BatchFetch) =>
      Promise.all(
        ["gpt-4o", "gpt-4o-mini"].map((model) =>
          post(fetch, chat("a", { model }))
        ),
      );
    const first = start(sim, {
      signal: dying.signal,
      fetch: intercept(sim, (call) => {
        const isUpload = call.method === "POST" && call.path.endsWith("/files");
        if (!isUpload || uploads++ === 0) return call.send();
        dying.abort(new Error("killed"));
        return Promise.reject(dying.signal.reason);
      }),
    });
    await assert.rejects(program(first), /killed/);
    const again = start(sim);
    const answers = await program(again);
    assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
    assert.equal(again.stats.sent, 1);
    assert.deepEqual(paid(sim), [1, 1]);
  },
);

test("the same body at another endpoint is another call", options, async () => {
  const sim = createSimulator();
  for (const path of ["responses", "embeddings"]) {
    const url = `https://api.openai.com/v1/${path}`;
    await post(start(sim), { model: "m", input: "a" }, { url });
  }
  assert.deepEqual(paid(sim), [1, 1]);
});
