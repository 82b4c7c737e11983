/**
 * `direct` on the wire: through the default global `fetch`, against msw and a
 * real server.
 *
 * @module
 */

import { http, HttpResponse } from "msw";
import { OpenAIBatch } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { intercept } from "../_support/intercept.ts";
import { codes } from "../_support/looks.ts";
import { forward, serve } from "../_support/loopback.ts";
import { sums } from "../_support/sums.ts";
import { createWire, holdFetch } from "../_support/wire.ts";

const params = { model: "gpt-4o-mini" };
const URL = "https://api.openai.com/v1/chat/completions";

test(
  "direct answers every request through the default fetch",
  options,
  async (t) => {
    const { client, sim } = intercept(t);
    const run = await client.direct(sums(25), { params, concurrency: 4 })
      .collect();
    assert.deepEqual(
      run.values(),
      sums(25).map((_, i) => `1 + ${i} = ${1 + i}`),
    );
    assert.equal(sim.ledger.requests.length, 25);
  },
);

test("a request is sent as JSON, whatever its endpoint", options, async (t) => {
  const { client, server } = intercept(t);
  const sent: { type: string | null; body: unknown }[] = [];
  server.use(
    http.post(
      "https://api.openai.com/v1/images/edits",
      async ({ request }) => {
        const type = request.headers.get("content-type");
        sent.push({ type, body: await request.json() });
        return HttpResponse.json({ created: 1, data: [{ b64_json: "eA==" }] });
      },
    ),
  );
  const body = { model: "gpt-image-1", prompt: "Grüße, 世界", images: [] };
  const run = await client.direct([{ body }], {
    endpoint: "/v1/images/edits",
  }).collect();
  assert.deepEqual(run.values(), [{ b64_json: "eA==" }]);
  assert.deepEqual(sent, [{ type: "application/json", body }]);
});

test(
  "a lost connection, a 429, a 500 and a page of HTML are sent again, a 400 is not",
  options,
  async (t) => {
    const { client, server } = intercept(t);
    const answers = [
      () => HttpResponse.error(),
      () => new HttpResponse(null, { status: 429 }),
      () => HttpResponse.json({ error: { message: "Oops" } }, { status: 500 }),
      () => HttpResponse.text("<html>", { status: 502 }),
      () => HttpResponse.json({ error: { code: "bad" } }, { status: 400 }),
    ];
    server.use(http.post(URL, () => answers.shift()?.()));
    const run = await client.direct(sums(2), {
      params,
      concurrency: 1,
      maxAttempts: 4,
    }).collect();
    assert.deepEqual(codes(run.results), ["bad", "ok"]);
    assert.equal(run.results[0]?.attempts, 4);
  },
);

test(
  "a real server that breaks off halfway is sent again",
  options,
  async (t) => {
    const { sim, clock } = createWire();
    let calls = 0;
    const origin = await serve(t, (request, response) => {
      if (calls++ > 0) return void forward(request, response, sim.fetch);
      response.writeHead(200, { "content-length": 1_000 });
      response.write('{"id":');
      setTimeout(() => response.destroy(), 20);
    });
    t.after(holdFetch(clock));
    const client = new OpenAIBatch({
      apiKey: sim.options.apiKey,
      baseURL: `${origin}/v1`,
      clock,
    });
    const run = await client.direct(sums(20), { params, concurrency: 5 })
      .collect();
    assert.equal(run.succeeded.length, 20);
    assert.equal(calls, 21);
    assert.equal(Math.max(...run.results.map((one) => one.attempts)), 2);
  },
);

test(
  "an abort ends the calls at the server",
  options,
  async (t) => {
    const closed: Promise<void>[] = [];
    const all = Promise.withResolvers<void>();
    const origin = await serve(t, (_, response) => {
      closed.push(new Promise((resolve) => response.on("close", resolve)));
      if (closed.length === 3) all.resolve();
    });
    const client = new OpenAIBatch({ apiKey: "sk-x", baseURL: origin });
    const stop = new AbortController();
    const { signal } = stop;
    const running = client.direct(sums(9), { params, concurrency: 3, signal })
      .collect();
    await all.promise;
    stop.abort(new Error("enough"));
    await assert.rejects(running, /enough/);
    await Promise.all(closed);
    assert.equal(closed.length, 3);
  },
);
