/** A program that is run again asks nothing twice. */

import type { BatchFetch } from "@offpeak/openai-batch/fetch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { ask, chat, post } from "../_support/calls.ts";
import { errorAnswer, intercept } from "../_support/servers.ts";
import { paid, start, uploads } from "./_windows.ts";

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

test("under another name the same calls are sent again", options, async () => {
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
