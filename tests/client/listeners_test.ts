/** Node 20 warns of a memory leak when a signal has more than ten listeners. */

import process from "node:process";
import { OpenAIBatch } from "@offpeak/openai-batch";
import { createBatchFetch } from "@offpeak/openai-batch/fetch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

/** The most listeners that any signal had at a time while something ran. */
async function mostListeners(work: () => Promise<unknown>): Promise<number> {
  const counts = new WeakMap<EventTarget, Set<unknown>>();
  let most = 0;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  Object.assign(AbortSignal.prototype, {
    addEventListener(
      this: AbortSignal,
      ...args: Parameters<typeof addEventListener>
    ) {
      const listeners = counts.get(this) ?? new Set();
      counts.set(this, listeners.add(args[1]));
      most = Math.max(most, listeners.size);
      addEventListener.apply(this, args);
    },
    removeEventListener(
      this: AbortSignal,
      ...args: Parameters<typeof removeEventListener>
    ) {
      counts.get(this)?.delete(args[1]);
      removeEventListener.apply(this, args);
    },
  });
  try {
    await work();
  } finally {
    const patched: {
      addEventListener?: unknown;
      removeEventListener?: unknown;
    } = AbortSignal.prototype;
    delete patched.addEventListener;
    delete patched.removeEventListener;
  }
  return most;
}

const WORK: [string, () => Promise<unknown>][] = [
  ["direct", async () => {
    const client = new OpenAIBatch(createSimulator().options);
    const run = await client.direct(sums(50), { params }).collect();
    assert.equal(run.failed.length, 0);
  }],
  ["direct calls that are made again", async () => {
    const sim = createSimulator({
      respond: ({ attempt }) =>
        attempt === 1 ? { status: 500, body: { error: {} } } : "fine",
    });
    const client = new OpenAIBatch(sim.options);
    const run = await client.direct(sums(50), { params }).collect();
    assert.equal(run.failed.length, 0);
  }],
  ["a sample", async () => {
    const client = new OpenAIBatch(createSimulator().options);
    await client.sample(sums(100), { params, size: 30 });
  }],
  ["what a deadline leaves open", async () => {
    const sim = createSimulator({ faults: { expired: 1 } });
    const client = new OpenAIBatch(sim.options);
    const run = await client.run(sums(200), {
      params,
      deadline: 20 * 3_600_000,
      atDeadline: "direct",
    });
    assert.ok(run.results.filter(({ via }) => via === "direct").length > 20);
  }],
  ["calls with one signal of the caller's", async () => {
    const client = new OpenAIBatch(createSimulator().options);
    const { signal } = new AbortController();
    await Promise.all(
      Array.from({ length: 30 }, () => client.files.list({}, { signal })),
    );
  }],
  ["a batch fetch with one signal of the caller's", async () => {
    const sim = createSimulator();
    const { apiKey, fetch, clock } = sim.options;
    const { signal } = new AbortController();
    const batchFetch = createBatchFetch({ job: "one-signal", fetch, clock });
    await Promise.all(
      sums(30).map((content) =>
        batchFetch("https://api.openai.com/v1/chat/completions", {
          method: "POST",
          headers: { authorization: `Bearer ${apiKey}` },
          body: JSON.stringify({
            ...params,
            messages: [{ role: "user", content }],
          }),
          signal,
        })
      ),
    );
  }],
];

for (const [name, work] of WORK) {
  test(`no signal has more than ten listeners: ${name}`, options, async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    try {
      assert.ok(await mostListeners(work) <= 10);
      // Node emits it in the next tick.
      await new Promise((resolve) => setTimeout(resolve));
      assert.deepEqual(warnings.map(({ name }) => name), []);
    } finally {
      process.removeListener("warning", note);
    }
  });
}
