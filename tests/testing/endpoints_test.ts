/** The simulator's endpoints and calls, driven by the official SDK. */

import OpenAI from "openai";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import {
  caught,
  chatBody,
  chatLine,
  chatLines,
  createBatch,
  finish,
  jsonl,
  type Line,
  linesOf,
  runBatch,
  start,
  upload,
} from "./_simulator.ts";

const HOUR = 60 * 60 * 1000;

test(
  "respond sees the request and how often it was asked, and may take its time",
  options,
  async () => {
    const world = start({
      respond: async ({ text, attempt, model }) => {
        await Promise.resolve();
        return `${model}: ${text} (${attempt})`;
      },
    });
    for (const attempt of [1, 2]) {
      const batch = await runBatch(world, [chatLine("a", "why?")]);
      const [line] = await linesOf(world.client, batch.output_file_id);
      const { content } = line.response.body.choices[0].message;
      assert.equal(content, `gpt-4o-mini: why? (${attempt})`);
    }
    const { requests } = world.sim.ledger;
    assert.deepEqual(requests.map(({ attempt }) => attempt), [1, 2]);
    assert.deepEqual(requests[0]!.body, chatBody("why?"));
    assert.equal(world.sim.ledger.answered("a"), 2);
  },
);

test(
  "what respond throws, the call throws that needed the answer, and the batch continues later",
  options,
  async () => {
    let broken = true;
    const world = start({
      respond: () => {
        if (broken) throw new Error("a broken test");
        return "fine";
      },
    });
    const { id } = await createBatch(world.client, chatLines(1));
    await world.sim.clock.advance(10 * HOUR);
    await assert.rejects(
      world.sim.fetch(`${world.sim.options.baseURL}/batches/${id}`, {
        headers: { authorization: `Bearer ${world.sim.options.apiKey}` },
      }),
      /a broken test/,
    );
    broken = false;
    assert.equal(
      (await finish(world.sim, world.client, id)).status,
      "completed",
    );
  },
);

test(
  "every endpoint answers in its own shape, in a batch as directly",
  options,
  async () => {
    const bodies: Record<string, Line> = {
      "/v1/responses": { model: "gpt-4o-mini", input: "hello" },
      "/v1/embeddings": { model: "text-embedding-3-small", input: ["a", "b"] },
      "/v1/completions": { model: "gpt-3.5-turbo-instruct", prompt: "hello" },
      "/v1/moderations": { input: ["a", "b"] },
      "/v1/images/generations": { model: "gpt-image-1", prompt: "hello", n: 2 },
    };
    const seen: Record<string, unknown> = {};
    for (const [url, body] of Object.entries(bodies)) {
      const world = start();
      const batch = await runBatch(world, [{
        custom_id: "a",
        method: "POST",
        url,
        body,
      }], url);
      const [line] = await linesOf(world.client, batch.output_file_id);
      const answer = line.response.body;
      seen[url] = answer.output?.[0].content[0].text ??
        answer.choices?.[0].text ??
        (answer.results ?? answer.data).length;
    }
    assert.deepEqual(seen, {
      "/v1/responses": "Answer to: hello",
      "/v1/embeddings": 2,
      "/v1/completions": "Answer to: hello",
      "/v1/moderations": 2,
      "/v1/images/generations": 2,
    });
  },
);

test(
  "the synchronous endpoints work through the official client",
  options,
  async () => {
    const { client } = start();
    const response = await client.responses.create({
      model: "gpt-4o-mini",
      input: "hi",
    });
    assert.equal(response.output_text, "Answer to: hi");
    assert.equal(response.usage!.input_tokens_details.cached_tokens, 0);
    const chat = await client.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "hi" }],
      n: 2,
    });
    assert.equal(chat.choices.length, 2);
    assert.equal(chat.model, "gpt-4o-mini");
    const error = await caught(
      client.responses.create({ model: "nonexistent", input: "hi" }),
    );
    assert.ok(error instanceof OpenAI.NotFoundError);
  },
);

test(
  "an embedding is the same as numbers and in base64, and can be answered as numbers",
  options,
  async () => {
    const params = { model: "text-embedding-3-small", input: "a" };
    const { client } = start();
    const numbers = await client.embeddings.create({
      ...params,
      encoding_format: "float",
    });
    const decoded = await client.embeddings.create(params);
    const length = Math.hypot(...numbers.data[0]!.embedding);
    assert.ok(Math.abs(length - 1) < 1e-6, `${length}`);
    assert.deepEqual(numbers.data[0]!.embedding, [
      ...decoded.data[0]!.embedding,
    ]);
    assert.notDeepEqual(
      (await client.embeddings.create({ ...params, input: "b" })).data[0]!
        .embedding,
      decoded.data[0]!.embedding,
    );
    const answered = await start({ respond: () => [0.5, -1] }).client.embeddings
      .create(params);
    assert.deepEqual([...answered.data[0]!.embedding], [0.5, -1]);
  },
);

test("a missing or wrong key is refused", options, async () => {
  const sim = createSimulator();
  const url = `${sim.options.baseURL}/batches`;
  const status = async (headers: Record<string, string>) =>
    (await sim.fetch(url, { headers })).status;
  assert.equal(await status({}), 401);
  assert.equal(await status({ authorization: "Bearer wrong" }), 401);
  assert.equal(await status({ "api-key": sim.options.apiKey }), 200);
  assert.equal(
    await status({ authorization: `Bearer ${sim.options.apiKey}` }),
    200,
  );
});

test("any base URL will do, an unknown path will not", options, async () => {
  const sim = createSimulator();
  const headers = { authorization: `Bearer ${sim.options.apiKey}` };
  const get = (url: string) => sim.fetch(new Request(url, { headers }));
  const response = await get("http://127.0.0.1:8080/openai/v1/files?limit=1");
  assert.equal(response.status, 200);
  assert.match(response.headers.get("x-request-id")!, /^req_/);
  assert.equal((await get("https://api.openai.com/v1/nothing")).status, 404);
  assert.deepEqual(sim.ledger.calls, [
    { method: "GET", path: "/openai/v1/files", status: 200 },
    { method: "GET", path: "/v1/nothing", status: 404 },
  ]);
});

test(
  "a call ends with its signal's reason: before, during and after the answer",
  options,
  async () => {
    const sim = createSimulator();
    const url = `${sim.options.baseURL}/files`;
    const headers = { authorization: `Bearer ${sim.options.apiKey}` };
    const reason = new Error("enough");
    await assert.rejects(
      sim.fetch(url, { headers, signal: AbortSignal.abort(reason) }),
      reason,
    );

    const during = new AbortController();
    const call = sim.fetch(url, { headers, signal: during.signal });
    during.abort(reason);
    await assert.rejects(call, reason);

    const after = new AbortController();
    const response = await sim.fetch(url, { headers, signal: after.signal });
    after.abort(reason);
    await assert.rejects(response.text(), reason);
    assert.deepEqual(sim.ledger.calls.map(({ status }) => status), [0, 200]);
  },
);

test(
  "a time limit on the clock does not strike while a call is at work",
  options,
  async () => {
    const { sim } = start();
    const form = new FormData();
    form.set("purpose", "batch");
    form.set("file", new Blob([jsonl(chatLines(20_000))]), "a.jsonl");
    const limit = new AbortController();
    const done = new AbortController();
    const watch = sim.clock.sleep(250, done.signal).then(() => limit.abort());
    const response = await sim.fetch(`${sim.options.baseURL}/files`, {
      method: "POST",
      headers: { authorization: `Bearer ${sim.options.apiKey}` },
      body: form,
      signal: limit.signal,
    });
    done.abort(new Error("done"));
    await assert.rejects(watch, /done/);
    assert.equal(response.status, 200);
  },
);

test("reading a body takes no time of the clock", options, async () => {
  const { sim, client } = start();
  const file = await upload(client, chatLines(5_000));
  const content = await client.files.content(file.id);
  const now = sim.clock.now();
  const limit = sim.clock.sleep(1).then(() => "too late");
  const first = await Promise.race([content.text(), limit]);
  assert.equal(first.length, file.bytes);
  assert.equal(sim.clock.now(), now);
});

test("a direct call that asks for a stream is refused", options, async () => {
  const { client } = start({});
  const error = await caught(
    client.post("/chat/completions", {
      body: { ...chatBody("why?"), stream: true },
    }),
  );
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.equal(error.param, "stream");
});
