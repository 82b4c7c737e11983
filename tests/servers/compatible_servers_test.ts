/**
 * Compatible servers: a whole job in each one's own words ends as it does at
 * OpenAI. The recipes are those of docs/compatible-servers.md.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { type Endpoint, OpenAIBatch, type Run } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { aibrix } from "../_support/dialects/aibrix.ts";
import { azure } from "../_support/dialects/azure.ts";
import { azureOlder } from "../_support/dialects/azure_older.ts";
import { dashscope } from "../_support/dialects/dashscope.ts";
import { doubleword } from "../_support/dialects/doubleword.ts";
import { groq } from "../_support/dialects/groq.ts";
import { litellm } from "../_support/dialects/litellm.ts";
import { novita } from "../_support/dialects/novita.ts";
import { llamaStack } from "../_support/dialects/llama_stack.ts";
import { morph, nebius } from "../_support/dialects/plain.ts";
import type { Dialect } from "../_support/dialects/_translate.ts";
import { worst } from "../_support/dialects/worst.ts";
import { roundsOf } from "../_support/looks.ts";
import { sums } from "../_support/sums.ts";

const JOB = "night";
const requests = sums(7);

const DIALECTS: [string, Dialect][] = [
  ["Azure", azure],
  ["Azure's older API", azureOlder],
  ["Groq", groq],
  ["DashScope", dashscope],
  ["Doubleword", doubleword],
  ["LiteLLM", litellm],
  ["AIBrix", aibrix],
  ["Novita", novita],
  ["llama-stack", llamaStack],
  ["Morph", morph],
  ["Nebius", nebius],
  ["a server with every oddity", worst],
];

/** One request has to be asked again, and one fails for good. */
function respond({ custom_id, attempt, text }: SimulatedRequest) {
  const error = { message: "No.", type: "invalid_request_error", code: "no" };
  if (custom_id === "calc_1") return { status: 400, body: { error } };
  return custom_id === "calc_2" && attempt === 1
    ? { status: 500, body: { error } }
    : text;
}

const UNDISTURBED: Dialect = {
  client: {},
  job: {},
  serve: ({ fetch }) => fetch,
};

/** A server, and a way to open a new client of it. */
function open(dialect: Dialect): { sim: Simulator; client: () => OpenAIBatch } {
  const sim = createSimulator({ ...dialect.simulator, respond });
  const fetch = dialect.serve(sim);
  const client = () =>
    new OpenAIBatch({ ...sim.options, fetch, ...dialect.client });
  return { sim, client };
}

async function runOn(client: OpenAIBatch, { job }: Dialect) {
  return await client.run(requests, {
    ...job,
    job: JOB,
    params: { model: "gpt-4o-mini" },
    batchSize: 3,
    progress: false,
  });
}

/** What must not depend on the server. */
function essence(run: Pick<Run<Endpoint>, "results">) {
  return run.results
    .toSorted((a, b) => a.id < b.id ? -1 : 1)
    .map(({ id, ok, output, error, attempts, usage }) => ({
      id,
      ok,
      output,
      error,
      attempts,
      usage,
    }));
}

function hasFailed({ failed }: Pick<Run<Endpoint>, "failed">, code: string) {
  return failed.some(({ error }) => error.code === code);
}

const undisturbed = essence(
  await runOn(open(UNDISTURBED).client(), UNDISTURBED),
);

/** What is as at OpenAI, but for the words in which a server refuses. */
function expectedOf({ refused }: Dialect) {
  return undisturbed.map((result) =>
    result.error?.code === "no" ? { ...result, ...refused } : result
  );
}

for (const [name, dialect] of DIALECTS) {
  const expected = expectedOf(dialect);

  test(
    `${name} serves a whole job, its follow-up and its second client`,
    options,
    async () => {
      const { sim, client } = open(dialect);
      const run = await runOn(client(), dialect);
      assert.deepEqual(essence(run), expected);
      assert.deepEqual(
        run.results.map(({ id }) => id),
        requests.map(({ id }) => id),
      );

      const attached = await client().attach(JOB, {
        endpoint: dialect.job.endpoint,
      });
      const again = await attached.results().collect();
      assert.deepEqual(essence(again), expected);

      const third = await runOn(client(), dialect);
      assert.deepEqual(essence(third), expected);
      assert.equal(sim.ledger.batches.length, 4);
      assert.deepEqual(roundsOf(sim).toSorted(), [
        "p0.r0",
        "p0.r1",
        "p1.r0",
        "p2.r0",
      ]);
      assert.equal(await client().jobOf(run.batches[0]!.id), JOB);
    },
  );

  test(`${name} is left and taken up again by steps`, options, async () => {
    const { sim, client } = open(dialect);
    await client().submit(requests, {
      ...dialect.job,
      job: JOB,
      params: { model: "gpt-4o-mini" },
      batchSize: 3,
      progress: false,
    });
    let status =
      await (await client().attach(JOB, { endpoint: dialect.job.endpoint }))
        .step();
    while (!status.done) {
      await sim.clock.advance(Math.max(status.wait, 600_000));
      status =
        await (await client().attach(JOB, { endpoint: dialect.job.endpoint }))
          .step();
    }
    const { succeeded, failed } = status.requests;
    assert.deepEqual([succeeded, failed], [6, 1]);
    for (const { id, ok } of expected) {
      assert.equal(sim.ledger.answered(id), ok ? 1 : 0);
    }
  });

  test(`${name} stops a job that is cancelled`, options, async () => {
    const { sim, client } = open(dialect);
    const options = { ...dialect.job, job: JOB, batchSize: 3 };
    await client().submit(requests, {
      ...options,
      params: { model: "gpt-4o-mini" },
    });
    const job = await client().attach(JOB, { endpoint: dialect.job.endpoint });
    const status = await job.cancel();
    assert.equal(status.stopped?.code, "cancelled");
    assert.equal(status.activeBatches, 0);
    assert.deepEqual(
      sim.ledger.batches.filter(({ status }) => status !== "cancelled"),
      [],
    );
    assert.equal((await job.results().collect()).results.length, 7);
  });
}

const REFUSALS: [string, Dialect, RegExp][] = [
  ["Azure wants its key in api-key", {
    ...azure,
    client: { ...azure.client, apiKeyHeader: "authorization" },
  }, /^401 Access denied/],
  ["Azure's older API wants its api-version", {
    ...azureOlder,
    client: { ...azureOlder.client, query: {} },
  }, /^404 Resource not found/],
  [
    "LiteLLM wants to know the model",
    { ...litellm, client: { ...litellm.client, headers: {} } },
    /^400 LLM Provider NOT provided/,
  ],
  [
    "Groq has no window of 30 days",
    { ...groq, job: { batch: { completion_window: "30d" } } },
    /^400 invalid batch/,
  ],
  [
    "AIBrix has a window of its own",
    { ...aibrix, job: {} },
    /^422 body.completion_window: Input should be '1d'$/,
  ],
];

for (const [name, dialect, message] of REFUSALS) {
  test(`${name}, and says so`, options, async () => {
    await assert.rejects(runOn(open(dialect).client(), dialect), {
      name: "APIError",
      message,
    });
  });
}

test("time limits count from dates that are text", options, async () => {
  for (const dialect of [azure, novita, worst]) {
    const { client } = open(dialect);
    const options = { ...dialect.job, params: { model: "gpt-4o-mini" } };
    const late = await client().run(requests, {
      ...options,
      batchTimeout: 60_000,
      maxAttempts: 1,
    });
    assert.ok(hasFailed(late, "batch_cancelled"));
    const last = await client().run(requests, { ...options, deadline: 60_000 });
    assert.ok(hasFailed(last, "deadline"));
  }
});

test(
  "a file of more than 50,000 requests is one part at Azure",
  options,
  async () => {
    const { sim, client } = open(azure);
    const prompts = function* () {
      for (let i = 0; i < 50_001; i++) yield `1 + ${i} =`;
    };
    const run = await client().run(prompts, {
      ...azure.job,
      params: { model: "gpt-4o-mini" },
      progress: false,
    });
    assert.equal(run.succeeded.length, 50_001);
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "docs/compatible-servers.md has a recipe for each of them",
  options,
  async () => {
    const page = await readFile(
      new URL("../../docs/compatible-servers.md", import.meta.url),
      "utf8",
    );
    for (const [name, { client, job }] of DIALECTS) {
      if (name === "a server with every oddity") continue;
      const { baseURL, apiKeyHeader, headers, query } = client;
      const { batch, batchSize, endpoint } = job;
      const words = [
        baseURL,
        apiKeyHeader,
        ...Object.keys(headers ?? {}),
        ...Object.keys(query ?? {}),
        batch?.completion_window,
        batchSize?.toLocaleString("en").replaceAll(",", "_"),
        endpoint,
      ];
      for (const word of words) {
        assert.ok(!word || page.includes(word), `${name}: ${word}`);
      }
    }
  },
);
