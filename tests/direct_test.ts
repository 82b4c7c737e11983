/**
 * `direct`: the same requests through the synchronous endpoints.
 *
 * @module
 */

import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { z } from "zod";
import {
  APIError,
  ConnectionError,
  OpenAIBatch,
  QuotaError,
  type Result,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { watchCalls } from "./_support/in_flight.ts";
import { codes } from "./_support/looks.ts";
import { caught, json, refusal, script, silence } from "./_support/scripted.ts";
import { callsTo, sums } from "./_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const options = { timeout: 60_000 };
const HOUR = 3_600_000;
const CHAT = /\/chat\/completions$/;

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

/** A chat answer as the API gives it. */
function chat(content: string, headers: Record<string, string> = {}): Response {
  const message = { role: "assistant", content };
  const choices = [{ index: 0, finish_reason: "stop", message }];
  return json({ model: "gpt-4o-mini", choices }, 200, headers);
}

/** How many calls were ended before their answer. */
function unanswered(sim: Simulator): number {
  return sim.ledger.calls.filter(({ status }) => status === 0).length;
}

/** Reads to the end: what came, and what it ended with. */
async function read(stream: AsyncIterable<Result>) {
  const results: Result[] = [];
  try {
    for await (const result of stream) results.push(result);
    return { results, error: undefined };
  } catch (error) {
    return { results, error };
  }
}

test(
  "every request has its result, and collect puts them in input order",
  options,
  async () => {
    const sim = createSimulator();
    const stream = open(sim).direct(sums(100), { params });
    const run = await stream.collect();
    assert.deepEqual(
      run.values(),
      sums(100).map((_, i) => `1 + ${i} = ${1 + i}`),
    );
    assert.deepEqual(run.results.map(({ index }) => index), [
      ...Array(100).keys(),
    ]);
    assert.equal(run.jobId, undefined);
    assert.deepEqual(run.batches, []);
    assert.equal(callsTo(sim, "POST", CHAT), 100);
    assert.equal(sim.ledger.calls.length, 100);
  },
);

test(
  "a result says how it was asked, how often, and under which request id",
  options,
  async () => {
    const run = await open(createSimulator()).direct(["1 + 1 ="], { params })
      .collect();
    const [result] = run.results;
    assert.equal(result?.via, "direct");
    assert.equal(result?.attempts, 1);
    assert.equal(result?.batchId, undefined);
    assert.match(result?.requestId ?? "", /^req_/);
    assert.equal(result?.model, "gpt-4o-mini");
  },
);

test(
  "the same answers give the same results as a batch, the way aside",
  options,
  async () => {
    const respond = ({ text, attempt }: SimulatedRequest) => {
      if (text === "refused") {
        return {
          status: 400,
          body: { error: { message: "No.", code: "bad" } },
        };
      }
      if (text === "flaky" && attempt === 1) {
        return { status: 500, body: { error: { message: "Oops." } } };
      }
      if (text === "never") return { error: "request_timeout" as const };
      return text;
    };
    const requests = ["a", "refused", "flaky", "never", "b"];
    const told = ({ results }: { results: Result[] }) =>
      results.map(({ id, index, ok, attempts, usage, output, error }) => {
        const { code, message } = error ?? {};
        return { id, index, ok, attempts, usage, output, code, message };
      });
    const batch = await open(createSimulator({ respond })).run(requests, {
      params,
    });
    const direct = await open(createSimulator({ respond })).direct(requests, {
      params,
    }).collect();
    assert.deepEqual(told(direct), told(batch));
  },
);

test(
  "usage is at the standard price, to the digit",
  options,
  async () => {
    const respond = ({ body }: SimulatedRequest) => ({
      model: body.model,
      choices: [{ index: 0, message: { role: "assistant", content: "x" } }],
      usage: {
        prompt_tokens: 1_000,
        completion_tokens: 200,
        total_tokens: 1_200,
        prompt_tokens_details: { cached_tokens: 400 },
      },
    });
    const stream = open(createSimulator({ respond })).direct(sums(3), {
      params,
    });
    const { usage } = await stream.collect();
    const [row] = usage.models;
    assert.equal(row?.via, "direct");
    assert.equal(row?.requests, 3);
    assert.equal(usage.input_tokens, 3_000);
    // USD per million: 0.15 in, 0.075 cached, 0.60 out.
    const expected = (1_800 * 0.15 + 1_200 * 0.075 + 600 * 0.6) / 1e6;
    assert.ok(Math.abs(usage.cost! - expected) < 1e-12, `${usage.cost}`);
    assert.equal(usage.cost, usage.standardCost);
    assert.equal(usage.saving, 0);
  },
);

test("concurrency 1 asks in sequence, in input order", options, async () => {
  const sim = createSimulator();
  const calls = watchCalls(sim.fetch);
  const client = new OpenAIBatch({ ...sim.options, fetch: calls.fetch });
  const { results } = await read(
    client.direct(sums(10), { params, concurrency: 1 }),
  );
  assert.equal(calls.most, 1);
  assert.deepEqual(results.map(({ index }) => index), [...Array(10).keys()]);
});

test("concurrency is reached, and never exceeded", options, async () => {
  for (const concurrency of [2, 7, undefined]) {
    const sim = createSimulator({ faults: { "500": 0.2 } });
    const calls = watchCalls(sim.fetch);
    const client = new OpenAIBatch({ ...sim.options, fetch: calls.fetch });
    await client.direct(sums(200), { params, concurrency }).collect();
    assert.equal(calls.most, concurrency ?? 32);
  }
});

test(
  "requests are read as there is room for them, and only while results are read",
  options,
  async () => {
    let read = 0;
    function* source() {
      for (const sum of sums(1_000)) {
        read++;
        yield sum;
      }
    }
    const sim = createSimulator();
    const stream = open(sim).direct(source(), { params, concurrency: 5 });
    await sim.clock.advance(HOUR);
    assert.equal(read, 0);
    for (let taken = 1; taken <= 20; taken++) {
      await stream.next();
      await sim.clock.advance(HOUR);
      assert.ok(read <= taken + 5, `${read} read, ${taken} taken`);
    }
    await stream.return();
    assert.ok(callsTo(sim, "POST", CHAT) <= 25);
  },
);

test(
  "a 429 halves the calls, and answers bring them back one by one",
  options,
  async () => {
    const widths: number[] = [];
    let running = 0;
    const { client, clock } = script(async (_, index) => {
      widths.push(++running);
      await clock.sleep(1_000);
      running--;
      return index === 100 ? refusal(429, { "retry-after": "30" }) : chat("x");
    });
    const stream = client.direct(sums(400), { params, concurrency: 16 });
    assert.equal((await stream.collect()).succeeded.length, 400);
    const most = (from: number, to: number) =>
      Math.max(...widths.slice(from, to));
    assert.equal(most(0, 100), 16);
    const after = widths.lastIndexOf(1) + 1; // the pause let all calls end
    assert.ok(after > 100);
    assert.equal(most(after, after + 16), 8);
    assert.equal(most(after, after + 24), 9);
    assert.equal(most(300, 401), 16);
  },
);

test(
  "Retry-After makes all calls wait, and a burst of refusals halves once",
  options,
  async () => {
    let running = 0;
    let most = 0;
    const { client, clock, calls } = script(async (_, index) => {
      running++;
      if (index >= 8) most = Math.max(most, running);
      await clock.sleep(100);
      running--;
      return index < 8 ? refusal(429, { "retry-after": "20" }) : chat("x");
    });
    const stream = client.direct(sums(8), { params, concurrency: 8 });
    const run = await stream.collect();
    assert.equal(run.succeeded.length, 8);
    assert.ok(calls[8]!.at - calls[7]!.at >= 20_000);
    assert.equal(most, 4);
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [
      ...Array(8).fill(1),
    ]);
  },
);

test("the x-ratelimit headers are kept to", options, async () => {
  const cases = [
    { limits: { requestsPerMinute: 60 }, requests: sums(300) },
    {
      limits: { tokensPerMinute: 1_000 },
      requests: sums(300).map(({ id }) => ({ id, content: "x".repeat(80) })),
    },
  ];
  for (const { limits, requests } of cases) {
    const sim = createSimulator({ limits });
    const run = await open(sim).direct(requests, { params }).collect();
    assert.equal(run.succeeded.length, 300);
    // What the first calls could not know of: no more than the cap.
    assert.ok(
      sim.ledger.calls.length <= 300 + 32,
      `${sim.ledger.calls.length}`,
    );
    const took = sim.clock.now() - Date.UTC(2026, 0, 1);
    assert.ok(took < 20 * 60_000, `${took}`);
  }
});

test("remaining 0 waits for the reset", options, async () => {
  const { client, waits } = script((_, index) =>
    chat(
      "x",
      index === 0
        ? {
          "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": "12.5s",
        }
        : {},
    )
  );
  await client.direct(sums(3), { params, concurrency: 1 }).collect();
  const [first, second] = waits();
  assert.ok(first! >= 12_500 && first! < 13_000, `${first}`);
  assert.ok(second! < 1_000);
});

test("remaining tokens wait for their reset", options, async () => {
  const { client, waits } = script(() =>
    chat("x", {
      "x-ratelimit-remaining-tokens": "999",
      "x-ratelimit-reset-tokens": "1m0s",
    })
  );
  const content = "short";
  const long = { max_completion_tokens: 1_000 };
  const requests = [{ content }, { content }, { content, params: long }];
  await client.direct(requests, { params, concurrency: 1 }).collect();
  assert.ok(waits()[0]! < 1_000);
  assert.equal(waits()[1], 60_000);
});

test(
  "408, 409 and 5xx, a call without an answer in time and one that breaks off are repeated with backoff, up to maxAttempts",
  options,
  async () => {
    const bad = [
      () => refusal(408),
      () => refusal(409),
      () => refusal(500),
      () => refusal(502),
      () => new Response("<html></html>", { status: 504 }),
      () => new Response("{"),
      () => json(null),
    ];
    for (const answer of bad) {
      const { client, waits } = script((_, index) =>
        index < 2 ? answer() : chat("x")
      );
      const run = await client.direct(["a"], { params }).collect();
      assert.deepEqual(codes(run.results), ["ok"]);
      assert.equal(run.results[0]?.attempts, 3);
      const [first, second] = waits();
      assert.ok(first! >= 375 && first! <= 500, `${first}`);
      assert.ok(second! >= 750 && second! <= 1_000, `${second}`);
    }
    for (const answer of bad) {
      const { client, calls } = script(() => answer());
      const run = await client.direct(["a"], { params, maxAttempts: 4 })
        .collect();
      assert.equal(run.failed.length, 1);
      assert.equal(run.results[0]?.attempts, 4);
      assert.equal(calls.length, 4);
    }
  },
);

test("timeout is the time of one call", options, async () => {
  for (const [timeout, each] of [[5_000, 5_000], [undefined, 600_000]]) {
    const { client, waits } = script(({ signal }) => silence(signal), {
      timeout,
    });
    const run = await client.direct(["a"], { params, maxAttempts: 2 })
      .collect();
    assert.deepEqual(codes(run.results), ["request_timeout"]);
    const [wait] = waits();
    assert.ok(wait! >= each! && wait! <= each! + 500, `${wait}`);
  }
});

test(
  "429 and 503 are no attempts: they are waited for",
  options,
  async () => {
    for (const status of [429, 503]) {
      const { client } = script((_, index) =>
        index < 20 ? refusal(status) : chat("x")
      );
      const run = await client.direct(["a"], { params, maxAttempts: 1 })
        .collect();
      assert.deepEqual(codes(run.results), ["ok"]);
      assert.equal(run.results[0]?.attempts, 1);
    }
  },
);

test(
  "a 4xx is a failure of that request alone, in the API's words",
  options,
  async () => {
    for (const status of [400, 403, 404, 422]) {
      const { client, calls } = script((_, index) =>
        index === 0 ? refusal(status, {}, "too_bad") : chat("x")
      );
      const run = await client.direct(sums(2), { params, concurrency: 1 })
        .collect();
      assert.deepEqual(codes(run.results), ["too_bad", "ok"]);
      const { error, attempts } = run.failed[0]!;
      assert.deepEqual(error, {
        code: "too_bad",
        message: "No.",
        status,
        type: "refused",
      });
      assert.equal(attempts, 1);
      assert.equal(calls.length, 2);
    }
  },
);

test(
  "a refused key stops everything, and stands in no message",
  options,
  async () => {
    const { client, calls } = script(() => refusal(401));
    const { results, error } = await read(
      client.direct(sums(100), { params, concurrency: 4 }),
    );
    assert.ok(error instanceof APIError);
    assert.equal(error.status, 401);
    assert.deepEqual(results, []);
    assert.ok(calls.length <= 4);

    const quoting = script(() =>
      json({ error: { message: "Bad key sk-scripted", code: "x" } }, 403)
    );
    const run = await quoting.client.direct(["a"], { params }).collect();
    assert.equal(run.failed[0]?.error.message, "Bad key ***");
  },
);

test(
  "without credit nothing new is sent; what ran is handed out, then it is said",
  options,
  async () => {
    const { client, clock, calls } = script(async (_, index) => {
      await clock.sleep(index === 3 ? 500 : 1_000);
      return index === 3 ? refusal(429, {}, "insufficient_quota") : chat("x");
    });
    const { results, error } = await read(
      client.direct(sums(100), { params, concurrency: 8 }),
    );
    assert.ok(error instanceof QuotaError);
    assert.equal(error.code, "insufficient_quota");
    assert.equal(calls.length, 8);
    assert.deepEqual(codes(results), Array(7).fill("ok"));
  },
);

test(
  "a limit of what may be spent ends it too, as 429 or 400",
  options,
  async () => {
    for (const status of [429, 400]) {
      const { client, calls } = script(() =>
        refusal(status, {}, "billing_hard_limit_reached")
      );
      const direct = client.direct(sums(9), { params, concurrency: 1 });
      const { results, error } = await read(direct);
      assert.ok(error instanceof QuotaError);
      assert.deepEqual(results, []);
      assert.equal(calls.length, 1);
    }
  },
);

test(
  "a dead network ends: after an hour in which nothing got through",
  options,
  async () => {
    const { client, clock } = script(() => {
      throw new TypeError("fetch failed");
    });
    const start = clock.now();
    const { results, error } = await read(client.direct(sums(100), { params }));
    assert.ok(error instanceof ConnectionError);
    assert.deepEqual(results, []);
    const took = clock.now() - start;
    assert.ok(took > HOUR && took < 1.2 * HOUR, `${took}`);
  },
);

test(
  "a server that refuses everything is not hammered, whatever it asks for",
  options,
  async () => {
    for (const after of ["0", "0.001", "soon", "86400"]) {
      const { client, calls, clock } = script(() =>
        refusal(429, { "retry-after": after })
      );
      const start = clock.now();
      const { error } = await read(client.direct(sums(100), { params }));
      assert.ok(error instanceof APIError);
      assert.equal(error.status, 429);
      const took = clock.now() - start;
      assert.ok(took > HOUR && took < 2 * HOUR, `${took}`);
      assert.ok(calls.length < 200, `${calls.length}`);
    }
  },
);

test("an outage of half an hour is ridden out", options, async () => {
  const { client, clock } = script(() => {
    if (clock.now() - start < HOUR / 2) throw new TypeError("fetch failed");
    return chat("x");
  });
  const start = clock.now();
  const run = await client.direct(sums(50), { params }).collect();
  assert.equal(run.succeeded.length, 50);
  assert.ok(run.results.every(({ attempts }) => attempts === 1));
});

test(
  "one request that is always refused fails alone, after an hour",
  options,
  async () => {
    for (const sign of ["429", "reset"]) {
      const { client, clock } = script(({ body }) => {
        if (!String(body).includes("1 + 3 =")) return chat("x");
        if (sign === "reset") throw new TypeError("fetch failed");
        return refusal(429, { "retry-after": "1" }, "rate_limit_exceeded");
      });
      // As long as others are answered, it is this request's own trouble.
      const requests = async function* () {
        yield* sums(10);
        for (let i = 10; i < 200; i++) {
          await clock.sleep(60_000);
          yield { id: `late_${i}`, content: "x" };
        }
      };
      const run = await client.direct(requests(), { params }).collect();
      assert.equal(run.results.length, 200);
      assert.deepEqual(run.failed.map(({ id }) => id), ["calc_3"]);
      const code = sign === "429" ? "rate_limit_exceeded" : "connection";
      assert.equal(run.failed[0]?.error.code, code);
    }
  },
);

test(
  "an abort leaves no calls, rejects with its reason, and lets go of the source",
  options,
  async () => {
    const sim = createSimulator();
    const calls = watchCalls(sim.fetch);
    const client = new OpenAIBatch({ ...sim.options, fetch: calls.fetch });
    const stop = new AbortController();
    let closed = false;
    function* source() {
      try {
        yield* sums(1_000);
      } finally {
        closed = true;
      }
    }
    const stream = client.direct(source(), { params, signal: stop.signal });
    const { results, error } = await read((async function* () {
      for await (const result of stream) {
        yield result;
        if (stream.usage.models[0]?.requests === 40) {
          stop.abort(new Error("Ctrl-C"));
        }
      }
    })());
    assert.equal(String(error), "Error: Ctrl-C");
    assert.ok(results.length >= 20 && results.length < 100);
    await sim.clock.advance(HOUR);
    assert.equal(calls.running, 0);
    assert.ok(calls.widths.length < 150);
    assert.ok(closed);
  },
);

test("an abort does not wait for a source that is slow", options, async () => {
  const sim = createSimulator();
  const stop = new AbortController();
  async function* source() {
    yield "a";
    await new Promise(() => {});
    yield "b";
  }
  const stream = open(sim).direct(source(), { params, signal: stop.signal });
  assert.equal((await stream.next()).value?.ok, true);
  const next = caught(() => stream.next());
  stop.abort(new Error("enough"));
  assert.equal(String(await next), "Error: enough");
});

test(
  "an abort ends the calls also while nobody reads",
  options,
  async () => {
    const sim = createSimulator();
    const stop = new AbortController();
    const { signal } = stop;
    const stream = open(sim).direct(sums(100), { params, signal });
    await stream.next();
    stop.abort(new Error("Ctrl-C"));
    await sim.clock.advance(HOUR);
    assert.ok(unanswered(sim) > 0);
    const { error } = await read(stream);
    assert.equal(String(error), "Error: Ctrl-C");
  },
);

test("a redirect ends everything", options, async () => {
  const { client, calls } = script(() => new Response(null, { status: 307 }));
  const { error } = await read(client.direct(sums(9), { params }));
  assert.ok(error instanceof ConnectionError);
  assert.equal(error.code, "redirect");
  assert.ok(calls.length <= 9);
});

test("a break leaves no calls either", options, async () => {
  const sim = createSimulator();
  const calls = watchCalls(sim.fetch);
  const client = new OpenAIBatch({ ...sim.options, fetch: calls.fetch });
  for await (const _ of client.direct(sums(1_000), { params })) break;
  await sim.clock.advance(HOUR);
  assert.equal(calls.running, 0);
  assert.ok(unanswered(sim) > 0);
  assert.ok(calls.widths.length < 80, `${calls.widths.length}`);
});

test("an abort before the first call sends nothing", options, async () => {
  const sim = createSimulator();
  const signal = AbortSignal.abort(new Error("too late"));
  const stream = open(sim).direct(sums(3), { params, signal });
  await assert.rejects(stream.collect(), /too late/);
  assert.equal(sim.ledger.calls.length, 0);
});

test(
  "retry asks again, with other params; the best answer counts, all are paid",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ body }) => `temperature ${body.temperature}`,
    });
    const stream = open(sim).direct(["a"], {
      params: { ...params, temperature: 1 },
      retry: (result) =>
        result.ok && result.output === "temperature 1"
          ? { temperature: 0 }
          : false,
    });
    const run = await stream.collect();
    assert.deepEqual(run.values(), ["temperature 0"]);
    const took = sim.clock.now() - Date.UTC(2026, 0, 1);
    assert.ok(took <= 400, `${took}`); // two calls, and no pause
    assert.equal(run.results[0]?.attempts, 2);
    assert.equal(run.usage.models[0]?.requests, 2);

    const worse = createSimulator({
      respond: ({ attempt }) =>
        attempt === 1 ? "good" : { status: 500, body: {} },
    });
    const kept = await open(worse).direct(["a"], { params, retry: () => true })
      .collect();
    assert.deepEqual(kept.values(), ["good"]);
  },
);

test(
  "a schema is sent, checked and typed as in a job",
  options,
  async () => {
    const Sum = z.object({ sum: z.number() });
    const sim = createSimulator({
      respond: ({ body, attempt }) => {
        assert.equal(body.response_format.type, "json_schema");
        return attempt === 1 ? "two" : '{"sum":2}';
      },
    });
    const run = await open(sim).direct(["1 + 1 ="], {
      params,
      schema: Sum,
      retry: ({ error }) => error?.code === "invalid_output",
    }).collect();
    const sums: { sum: number }[] = run.values();
    assert.deepEqual(sums, [{ sum: 2 }]);
    assert.equal(run.results[0]?.attempts, 2);
    assert.equal(run.usage.models[0]?.requests, 2);
  },
);

test(
  "a line is sent as it is, to its own url; every other form gets the params",
  options,
  async () => {
    const { client, calls } = script(() => chat("x"));
    type Both = "/v1/chat/completions" | "/v1/embeddings";
    const messages = [{ role: "user", content: "Grüße" }];
    await client.direct<Both>([
      {
        custom_id: "a",
        method: "POST",
        url: "/v1/embeddings",
        body: { model: "m", input: "x" },
      },
      { id: "b", body: { model: "m", messages } },
    ], { params: { temperature: 0 } as object }).collect();
    assert.deepEqual(calls.map(({ url }) => url), [
      "https://api.openai.com/v1/embeddings",
      "https://api.openai.com/v1/chat/completions",
    ]);
    assert.deepEqual(calls.map(({ body }) => JSON.parse(String(body))), [
      { model: "m", input: "x" },
      { temperature: 0, model: "m", messages },
    ]);
    assert.equal(calls[0]!.method, "POST");
    assert.equal(calls[0]!.headers.get("authorization"), "Bearer sk-scripted");
  },
);

test("the url is the endpoint below the baseURL", options, async () => {
  const cases = [
    ["https://x.example/openai/v1", "/v1/responses", "/openai/v1/responses"],
    ["https://x.example/openai/v1", "/responses", "/openai/v1/responses"],
    ["https://x.example", "/v1/images/edits", "/images/edits"],
  ] as const;
  for (const [baseURL, endpoint, path] of cases) {
    const { client, calls } = script(() => json({ id: "x", output: [] }), {
      baseURL,
    });
    const body = { model: "m", input: "x" };
    await client.direct([{ body }], { endpoint: endpoint as string }).collect();
    assert.equal(calls[0]?.url, `https://x.example${path}`);
    assert.equal(calls[0]?.headers.get("content-type"), "application/json");
  }
});

test(
  "bad requests and options are refused: in a list before anything is sent",
  options,
  async () => {
    const sim = createSimulator();
    const client = open(sim);
    const stream = [{ id: "a", content: "x", params: { stream: true } }];
    await assert.rejects(
      client.direct(stream as unknown as string[], { params }).collect(),
      /stream/,
    );
    await assert.rejects(client.direct(["x"]).collect(), /model/);
    assert.throws(() => client.direct([], { batchSize: 1 } as object), /batch/);
    assert.throws(() => client.direct([], { concurrency: 0 }), RangeError);
    assert.equal(sim.ledger.calls.length, 0);

    // What comes piece by piece: what ran by then is handed out first.
    function* source() {
      yield* ["a", "b"];
      yield { id: "c", content: 1n };
    }
    const { results, error } = await read(
      client.direct(source() as Iterable<string> & object, { params }),
    );
    assert.ok(error instanceof TypeError);
    assert.equal(results.length, 2);
  },
);

test(
  "progress is told from the first status to the last",
  options,
  async () => {
    const phases: string[] = [];
    const open: number[] = [];
    await new OpenAIBatch(createSimulator().options).direct(sums(3), {
      params,
      concurrency: 1,
      atAbort: "cancel", // means nothing here
      progress: ({ phase, requests, activeBatches, id }) => {
        phases.push(phase);
        open.push(requests.open);
        assert.equal(activeBatches, 0);
        assert.equal(id, "");
      },
    }).collect();
    assert.deepEqual(phases, [
      "Preparing",
      ...Array(3).fill("Processing"),
      "Done",
    ]);
    assert.deepEqual(open, [3, 2, 1, 0, 0]);
  },
);

test(
  "whatever goes wrong, every request has exactly one result",
  options,
  async () => {
    const share = fc.double({ min: 0, max: 0.2, noNaN: true });
    const kinds = [
      "500",
      "503",
      "429",
      "408",
      "html",
      "reset_before",
      "reset_after",
      "hang",
      "truncated",
      "400",
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.tuple(...kinds.map(() => share)),
        fc.option(fc.integer({ min: 5, max: 60 }), { nil: undefined }),
        async (seed, count, concurrency, shares, requestsPerMinute) => {
          const faults = Object.fromEntries(
            kinds.map((kind, i) => [kind, shares[i]!]),
          );
          const limits = { requestsPerMinute };
          const sim = createSimulator({ seed, faults, limits });
          const calls = watchCalls(sim.fetch);
          const { fetch } = calls;
          const client = new OpenAIBatch({ ...sim.options, fetch });
          const stream = client.direct(sums(count), {
            params,
            concurrency,
            maxAttempts: 5,
          });
          const { results, error } = await read(stream);
          assert.equal(error, undefined);
          assert.deepEqual(
            results.map(({ index }) => index).toSorted((a, b) => a! - b!),
            [...Array(count).keys()],
          );
          for (const result of results) {
            const { ok, attempts, output } = result;
            if (ok) {
              assert.equal(
                output,
                `1 + ${result.index} = ${result.index! + 1}`,
              );
            } else if (result.error.status !== 400) assert.equal(attempts, 5);
          }
          assert.ok(calls.most <= concurrency);
          assert.equal(calls.running, 0);
        },
      ),
      { numRuns: 60 },
    );
  },
);
