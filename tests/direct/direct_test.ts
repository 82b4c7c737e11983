/**
 * `direct`: the same requests through the synchronous endpoints.
 *
 * @module
 */

import fc from "fast-check";
import { z } from "zod";
import { OpenAIBatch, type Result } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { chat, read } from "../_support/direct.ts";
import { watchCalls } from "../_support/in_flight.ts";
import { json, script } from "../_support/scripted.ts";
import { callsTo, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const CHAT = /\/chat\/completions$/;

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
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
    assert.equal(row?.lane, "standard");
    assert.equal(row?.requests, 3);
    assert.equal(usage.input_tokens, 3_000);
    // USD per million: 0.15 in, 0.075 cached, 0.60 out.
    const expected = (1_800 * 0.15 + 1_200 * 0.075 + 600 * 0.6) / 1e6;
    assert.ok(Math.abs(usage.cost! - expected) < 1e-12, `${usage.cost}`);
    assert.equal(usage.cost, usage.standardCost);
    assert.equal(usage.saving, 0);
  },
);

test(
  "a deployment's own price counts, whatever model answers for it",
  options,
  async () => {
    const respond = () => ({
      model: "gpt-4o-mini-2024-07-18",
      choices: [{ index: 0, message: { role: "assistant", content: "x" } }],
      usage: { prompt_tokens: 1e6, completion_tokens: 0, total_tokens: 1e6 },
    });
    const client = new OpenAIBatch({
      ...createSimulator({ respond }).options,
      prices: { ours: { input: 3, output: 5 } },
    });
    const stream = client.direct(sums(2), { params: { model: "ours" } });
    const { models } = (await stream.collect()).usage;
    assert.deepEqual(models.map(({ model, cost }) => [model, cost]), [
      ["ours", 6],
    ]);
  },
);

test(
  "retry sends it again, with other params; the best answer counts, all are paid",
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
    const data = [{ index: 0, embedding: [1] }];
    const { client, calls } = script(({ url }) =>
      url.endsWith("/embeddings") ? json({ data }) : chat("x")
    );
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
  "progress is reported from the first status to the last",
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
        assert.equal(id, undefined);
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
