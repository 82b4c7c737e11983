/** A server that somebody else wrote: its batches move on only when they are retrieved by their ids. */

import { setTimeout as delay } from "node:timers/promises";
import { LLMock } from "@copilotkit/aimock";
import { type ClientOptions, OpenAIBatch, poll } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";
import {
  assert,
  options,
  test,
  type TestContext,
} from "../_support/prelude.ts";
import { cli, folder, MODEL, parse, writeLines } from "../_support/cli.ts";

const params = { model: "gpt-4o-mini" };
const quick = { params, pollInterval: 20 };

/** Starts it, and gives what a client needs. */
async function serve(t: TestContext): Promise<ClientOptions> {
  const mock = new LLMock({ port: 0 });
  const url = await mock.start();
  // Once in many runs on Deno, its server closed and never said so.
  t.after(() =>
    Promise.race([mock.stop(), delay(5_000, null, { ref: false })])
  );
  const apiKey = "sk-aimock";
  return { apiKey, baseURL: `${url}/v1`, settleTime: 100 };
}

function prompts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `What is ${i}?`);
}

test("aimock runs a named job to its end, and again", options, async (t) => {
  const client = new OpenAIBatch(await serve(t));
  const named = { ...quick, job: "named" };
  const run = await client.run(prompts(3), named);
  assert.equal(run.succeeded.length, 3);
  const again = await client.run(prompts(3), named);
  assert.deepEqual(again.results, run.results);
  assert.equal(again.batches.length, 1);
});

test(
  "aimock runs a job of many parts, with and without a name",
  options,
  async (t) => {
    const client = new OpenAIBatch(await serve(t));
    for (const job of ["many", undefined]) {
      const parts = { ...quick, batchSize: 2, ...(job ? { job } : {}) };
      const run = await client.run(prompts(9), parts);
      assert.equal(run.succeeded.length, 9);
      assert.equal(run.batches.length, 5);
    }
  },
);

test("a job at aimock continues from its name alone", options, async (t) => {
  const at = await serve(t);
  const parts = { ...quick, batchSize: 2, job: "elsewhere" };
  await new OpenAIBatch(at).submit(prompts(5), parts);
  const client = new OpenAIBatch(at);
  const job = await client.attach("elsewhere", { pollInterval: 20 });
  assert.equal((await job.results().collect()).succeeded.length, 5);
});

test("poll sees the batches of aimock end", options, async (t) => {
  const client = new OpenAIBatch(await serve(t));
  await client.submit(prompts(4), { ...quick, batchSize: 2 });
  const { data } = await client.batches.list({ limit: 2 });
  const ids = data.map(({ id }) => id);
  const last = new Map<string, string>();
  for await (const { id, status } of poll(client, ids, { pollInterval: 20 })) {
    last.set(id, status);
  }
  assert.deepEqual([...last.values()], ["completed", "completed"]);
});

test("the command line runs a job at aimock", options, async (t) => {
  const at = folder(t);
  const sim = { options: await serve(t) } as unknown as Simulator;
  const lines = prompts(3).map((prompt) => JSON.stringify(prompt));
  const input = writeLines(at("in.jsonl"), lines);
  const flags = ["--job", "typed", "--poll-interval", "20ms"];
  const { code, stdout, stderr } = await cli(
    ["run", input, ...MODEL, ...flags],
    { sim },
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(parse(stdout).map(({ ok }) => ok), [true, true, true]);
});
