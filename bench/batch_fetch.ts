/**
 * 10,000 concurrent calls through `createBatchFetch`, against the same
 * requests through `run` in the same process: CPU, in turn, the middle ratio
 * of 7 rounds after one to warm up. Then the memory of a call that waits, of
 * which there are 10,000, after a collection.
 *
 * @module
 */

import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { OpenAIBatch } from "../mod.ts";
import { type BatchFetch, createBatchFetch } from "../src/fetch/mod.ts";
import { median, print } from "./_figure.ts";
import { requestLine } from "./_lines.ts";
import { runtime, startServer } from "./_process.ts";

const CALLS = 10_000;
const ROUNDS = 7;

const server = await startServer();
const options = {
  apiKey: "sk-bench",
  baseURL: server.baseURL,
  settleTime: 0,
  pollInterval: 100,
  progress: false,
};
const client = new OpenAIBatch({
  apiKey: options.apiKey,
  baseURL: options.baseURL,
  settleTime: 0,
});
const indexes = Array.from({ length: CALLS }, (_, i) => i);
const bodies = indexes.map((i) =>
  // No two calls are equal: a number of its own is in each.
  JSON.stringify({ ...requestLine(i).body, seed: i })
);
let jobs = 0;

async function runAll(): Promise<void> {
  const lines = bodies.map((body, i) => ({
    ...requestLine(i),
    body: JSON.parse(body),
  }));
  const { succeeded } = await client.run(lines, {
    job: `run-${++jobs}`,
    isNew: true,
    pollInterval: 100,
    progress: false,
  });
  if (succeeded.length !== CALLS) throw new Error("Not all were answered");
}

function callAll(fetch: BatchFetch): Promise<unknown[]> {
  const headers = {
    authorization: "Bearer sk-bench",
    "content-type": "application/json",
  };
  const url = `${options.baseURL}/chat/completions`;
  return Promise.all(bodies.map(async (body) => {
    const response = await fetch(url, { method: "POST", headers, body });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  }));
}

/** Seconds of CPU. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function fetchOf(more: object = {}): BatchFetch {
  return createBatchFetch({
    ...options,
    job: `fetch-${++jobs}`,
    window: 20,
    ...more,
  });
}

function collect(): void {
  const bun = (globalThis as { Bun?: { gc(force: boolean): void } }).Bun;
  if (bun) return bun.gc(true);
  setFlagsFromString("--expose_gc");
  runInNewContext("gc")();
}

/** Bytes of a call whose request is sent and whose answer is not there. */
async function memoryPerCall(): Promise<number> {
  let open = () => {};
  const gate = new Promise<void>((resolve) => open = resolve);
  let look = () => {};
  const looking = new Promise<void>((resolve) => look = resolve);
  const fetch = fetchOf({
    fetch: async (input: string, init: RequestInit) => {
      if (init.method === "GET" && /batches/.test(input)) {
        look();
        await gate;
      }
      return await globalThis.fetch(input, init);
    },
  });
  collect();
  const before = process.memoryUsage().heapUsed;
  const answers = callAll(fetch);
  await looking;
  collect();
  const used = process.memoryUsage().heapUsed - before;
  open();
  await answers;
  return used / CALLS;
}

await runAll();
await callAll(fetchOf());
const rounds: [number, number][] = [];
for (let i = 0; i < ROUNDS; i++) {
  const ours = await cpuOf(() => callAll(fetchOf()));
  rounds.push([ours, await cpuOf(runAll)]);
}
const bytes = await memoryPerCall();
server.stop();

const microseconds = (seconds: number) =>
  `${(seconds / CALLS * 1e6).toFixed(0)} µs`;
const [ours, theirs] = [0, 1].map((i) =>
  median(rounds.map((round) => round[i]!))
);
print({
  name: "CPU of a call through fetch, by that of run",
  value: median(rounds.map(([ours, theirs]) => ours / theirs)),
  limit: 3,
  unit: "×",
  detail: `${microseconds(ours!)}, ${microseconds(theirs!)}`,
});
print({
  name: "memory of a call that waits",
  value: bytes / 1_000,
  limit: 6,
  unit: "KB",
  detail: `heap after a collection, ${
    CALLS.toLocaleString("en")
  } calls, ${runtime}`,
});
