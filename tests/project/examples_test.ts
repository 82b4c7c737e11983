/**
 * The examples, as they are. The Workflow is tested in `edge/`, on workerd.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { text } from "node:stream/consumers";
import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { collect, sendDay, type Store } from "../../examples/deno_cron.ts";
import { handlerOf } from "../../examples/edge_function.ts";
import { root } from "../_support/package.ts";
import { serveFastSimulator } from "../_support/simulator_server.ts";

const HOUR = 3_600_000;

function upperCase(): Simulator {
  return createSimulator({ respond: ({ text }) => text.toUpperCase() });
}

test(
  "the edge function submits, gets the webhook, and hands out the answers",
  options,
  async () => {
    const sim = upperCase();
    const handle = handlerOf(new OpenAIBatch(sim.options), sim.webhookSecret);
    const call = (path: string, init?: RequestInit) =>
      handle(new Request(`https://example.com/batch/${path}`, init));
    const told = new Promise<number>((resolve) => {
      sim.onWebhook(async (request) => {
        const url = "https://example.com/batch/webhook";
        resolve((await handle(new Request(url, request))).status);
      });
    });

    const init = { method: "POST", body: JSON.stringify(["a", "b"]) };
    assert.equal((await call("submit?job=letters", init)).status, 202);
    await sim.clock.advance(5 * HOUR);
    assert.equal(await told, 204);
    const response = await call("results?job=letters");
    const lines = (await response.text()).trim().split("\n").sort();
    assert.deepEqual(lines, [
      '{"id":"0","output":"A"}',
      '{"id":"1","output":"B"}',
    ]);
  },
);

test(
  "the edge function sends at once under a name of its own, and waits under one of the caller's",
  options,
  async () => {
    const sim = upperCase();
    const handle = handlerOf(new OpenAIBatch(sim.options), sim.webhookSecret);
    const submit = async (path: string) => {
      const init = { method: "POST", body: JSON.stringify(["a", "b"]) };
      const start = sim.clock.now();
      const url = `https://example.com/batch/${path}`;
      const response = await handle(new Request(url, init));
      const { job }: { job: string } = await response.json();
      return { job, took: sim.clock.now() - start };
    };
    const unnamed = await submit("submit");
    assert.ok(unnamed.took < 5_000, `${unnamed.took}`);
    assert.match(unnamed.job, /^[0-9a-f-]{36}$/);
    for (const _ of ["first", "again"]) {
      const named = await submit("submit?job=letters");
      assert.equal(named.job, "letters");
      assert.ok(named.took >= 30_000, `${named.took}`);
    }
    assert.equal(sim.ledger.batches.length, 2);
  },
);

test(
  "the edge function refuses what OpenAI has not signed",
  options,
  async () => {
    const sim = upperCase();
    const handle = handlerOf(new OpenAIBatch(sim.options), sim.webhookSecret);
    const init = { method: "POST", body: "{}" };
    const url = "https://example.com/batch/webhook";
    assert.equal((await handle(new Request(url, init))).status, 400);
    assert.deepEqual(sim.ledger.calls, []);
  },
);

test(
  "the Deno cron sends a day once, saves its summaries and clears away",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ custom_id }) => `of ${custom_id}`,
    });
    const client = new OpenAIBatch(sim.options);
    const saved = new Map<string, string>();
    const store: Store = {
      async *textsOf(day) {
        yield { id: `${day}-1`, text: "long" };
        yield { id: `${day}-2`, text: "longer" };
      },
      save: (id, summary) => Promise.resolve(saved.set(id, summary)),
    };
    await sendDay(client, store, "2026-11-20");
    await sendDay(client, store, "2026-11-20");
    await collect(client, store);
    assert.equal(saved.size, 0);
    await sim.clock.advance(5 * HOUR);
    await collect(client, store);
    assert.deepEqual([...saved].sort(), [
      ["2026-11-20-1", "of 2026-11-20-1"],
      ["2026-11-20-2", "of 2026-11-20-2"],
    ]);
    assert.equal(sim.ledger.batches.length, 1);
    assert.deepEqual(sim.ledger.files, []);
  },
);

test(
  "the Bun program answers line by line, and finds its job again",
  options,
  async (t) => {
    const { sim, baseURL } = await serveFastSimulator(t, 50);
    const answer = async () => {
      const preload = ["--preload", "./tests/_support/fast_time.ts"];
      const script = ["examples/bun_cli.ts", "letters"];
      const child = spawn("npx", ["-y", "bun@1", ...preload, ...script], {
        cwd: root,
        env: {
          ...process.env,
          OPENAI_API_KEY: sim.options.apiKey,
          OPENAI_BASE_URL: baseURL,
        },
        stdio: ["pipe", "pipe", "ignore"],
      });
      t.after(() => child.kill());
      child.stdin.end("a\nb\n");
      const [output, [code]] = await Promise.all([
        text(child.stdout),
        once(child, "exit"),
      ]);
      assert.equal(code, 0);
      return output.trim().split("\n").sort();
    };
    const answers = ['{"id":"0","output":"A"}', '{"id":"1","output":"B"}'];
    assert.deepEqual(await answer(), answers);
    assert.deepEqual(await answer(), answers);
    assert.equal(sim.ledger.batches.length, 1);
  },
);
