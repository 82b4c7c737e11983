/**
 * One job over several invocations on edge runtimes: submitted in one, moved on
 * by webhooks or a cron in others, read in another. Each invocation has nothing
 * but what is at OpenAI.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Webhook } from "standardwebhooks";
import type { Simulator } from "../../src/testing/mod.ts";
import { serveSimulator } from "../_support/simulator_server.ts";
import type { Env } from "./_function.ts";
import { beside, bundle, require } from "./_tools.ts";

const { Miniflare } = require("miniflare");
const { EdgeRuntime } = require("edge-runtime");

const HOUR = 3_600_000;
const options = { timeout: 60_000 };

type Invoke = (path: string, init?: RequestInit) => Promise<Response>;

async function openWorkerd(t: TestContext, env: Env): Promise<Invoke> {
  const worker = new Miniflare({
    modules: true,
    script: await bundle(beside("_worker.ts")),
    compatibilityDate: "2025-05-01",
    bindings: env,
  });
  t.after(() => worker.dispose());
  return (path, init) => worker.dispatchFetch(`http://worker${path}`, init);
}

async function openEdgeRuntime(_t: TestContext, env: Env): Promise<Invoke> {
  const initialCode = await bundle(beside("_listener.ts"), "--format=iife");
  return (path, init) => {
    const runtime = new EdgeRuntime({
      initialCode,
      extend: (context: object) => Object.assign(context, { env }),
    });
    return runtime.dispatchFetch(`http://edge${path}`, init);
  };
}

/** Six prompts; the third gets its answer at the second try. */
async function setUp(
  t: TestContext,
  open: (t: TestContext, env: Env) => Promise<Invoke>,
): Promise<{ invoke: Invoke; sim: Simulator }> {
  const { sim, baseURL } = await serveSimulator(t, {
    respond: ({ custom_id, text, attempt }) =>
      custom_id === "2" && attempt === 1
        ? { error: "request_timeout" }
        : text.toUpperCase(),
  });
  const invocation = await open(t, {
    OPENAI_API_KEY: sim.options.apiKey,
    OPENAI_BASE_URL: baseURL,
    OPENAI_WEBHOOK_SECRET: sim.webhookSecret,
  });
  const invoke: Invoke = (path, { headers, ...init } = {}) =>
    invocation(path, {
      ...init,
      headers: { ...headers, "x-now": String(sim.clock.now()) },
    });
  return { invoke, sim };
}

async function submit(invoke: Invoke): Promise<void> {
  const body = JSON.stringify(["a", "b", "c", "d", "e", "f"]);
  const init = { method: "POST", body };
  const response = await invoke("/submit?job=letters", init);
  assert.equal(response.status, 202, await response.text());
}

async function answersOf(response: Response): Promise<unknown> {
  const lines = (await response.text()).trim().split("\n");
  return lines.map((line) => JSON.parse(line)).map(({ output }) => output)
    .sort();
}

/** Signed by others' code. */
function deliveryOf(id: string, sim: Simulator): RequestInit {
  const date = new Date(sim.clock.now());
  const created_at = Math.floor(+date / 1_000);
  const event = { id: `evt_${id}`, created_at, data: { id } };
  const body = JSON.stringify({ ...event, type: "batch.completed" });
  const signature = new Webhook(sim.webhookSecret).sign(event.id, date, body);
  const headers = {
    "webhook-id": event.id,
    "webhook-timestamp": String(created_at),
    "webhook-signature": signature,
  };
  return { method: "POST", headers, body };
}

const ANSWERS = ["A", "B", "C", "D", "E", "F"];

const RUNTIMES = { workerd: openWorkerd, "edge-runtime": openEdgeRuntime };

for (const [name, open] of Object.entries(RUNTIMES)) {
  test(
    `webhooks, each delivered twice, bring a job to its end on ${name}`,
    options,
    async (t) => {
      const { invoke, sim } = await setUp(t, open);
      await submit(invoke);
      for (let i = 0; i < 2; i++) {
        await sim.clock.advance(5 * HOUR);
        const { id } = sim.ledger.batches[i]!;
        const delivery = deliveryOf(id, sim);
        assert.equal((await invoke("/webhook", delivery)).status, 204);
        assert.equal((await invoke("/webhook", delivery)).status, 204);
      }
      const response = await invoke("/results?job=letters");
      assert.equal(response.status, 200);
      assert.deepEqual(await answersOf(response), ANSWERS);
      assert.equal(sim.ledger.batches.length, 2);
    },
  );

  test(`a cron brings a job to its end on ${name}`, options, async (t) => {
    const { invoke, sim } = await setUp(t, open);
    await submit(invoke);
    await submit(invoke); // changes nothing
    assert.equal((await invoke("/results?job=letters")).status, 202);
    for (let hours = 0; hours < 10; hours++) {
      await sim.clock.advance(HOUR);
      assert.equal((await invoke("/step", { method: "POST" })).status, 204);
    }
    const response = await invoke("/results?job=letters");
    assert.equal(response.status, 200);
    assert.deepEqual(await answersOf(response), ANSWERS);
    assert.equal(sim.ledger.batches.length, 2);
  });

  test(`a forged webhook is refused on ${name}`, options, async (t) => {
    const { invoke } = await setUp(t, open);
    const init = { method: "POST", body: "{}" };
    const response = await invoke("/webhook", init);
    assert.equal(response.status, 400);
    assert.equal(await response.text(), "missing_header\n");
  });
}
