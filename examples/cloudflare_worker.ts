/**
 * A plain Cloudflare Worker: a request submits, a cron moves the jobs on, KV
 * keeps their records and their answers.
 *
 *     POST /             a JSON list of prompts; returns the job's id, in about a second
 *     GET  /?job=ID      its answers as JSONL; 404 until they are there
 *
 * Its wrangler.jsonc:
 *
 *     {
 *       "name": "batches",
 *       "main": "cloudflare_worker.ts",
 *       "compatibility_date": "2025-05-01",
 *       "triggers": { "crons": ["*\/5 * * * *"] },
 *       "kv_namespaces": [{ "binding": "JOBS", "id": "…" }]
 *     }
 *
 * Anyone who may call it can spend your money: check the caller first.
 */

import {
  encodeLines,
  type Job,
  type JobRecord,
  OpenAIBatch,
} from "@offpeak/openai-batch";

/** As much of KV as the example needs. */
export interface Store {
  /** The value of a key. */
  get(key: string): Promise<string | null>;
  /** Sets a key. */
  put(key: string, value: string): Promise<void>;
  /** Deletes a key. */
  delete(key: string): Promise<void>;
  /** The keys that begin with `prefix`, up to 1,000. */
  list(options: { prefix: string }): Promise<{ keys: { name: string }[] }>;
}

/** What the Worker is given. */
export interface Env {
  /** `wrangler secret put OPENAI_API_KEY` */
  OPENAI_API_KEY: string;
  /** Another address than OpenAI's. */
  OPENAI_BASE_URL?: string;
  /** Records under "open/ID", answers under "done/ID". */
  JOBS: Store;
}

/** Opens the client from what the Worker is given. */
export function clientOf(env: Env): OpenAIBatch {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL } = env;
  return new OpenAIBatch({ apiKey, baseURL });
}

/** Sends the prompts. Without a name a job is sent at once. */
export async function submit(
  client: OpenAIBatch,
  jobs: Store,
  prompts: string[],
): Promise<Response> {
  const job = await client.submit(prompts, {
    params: { model: "gpt-4o-mini", max_completion_tokens: 100 },
    maxBytes: 8_000_000, // an isolate has 128 MB
  });
  await jobs.put(`open/${job.id}`, JSON.stringify(job));
  return Response.json({ job: job.id }, { status: 202 });
}

/** Steps every open job, and stores the answers of those that are done. */
export async function stepAll(
  client: OpenAIBatch,
  jobs: Store,
): Promise<void> {
  const { keys } = await jobs.list({ prefix: "open/" });
  for (const { name } of keys) {
    const stored = await jobs.get(name);
    if (stored === null) continue; // KV's lists lag behind
    const record: JobRecord = JSON.parse(stored);
    const job = await client.attach(record);
    const { done } = await job.step({ maxCalls: 20 }); // a free plan allows 50
    await jobs.put(name, JSON.stringify(job));
    if (!done) continue;
    const answers = await new Response(encodeLines(answersOf(job))).text();
    await jobs.put(`done/${job.id}`, answers); // 25 MiB at most; more belongs in R2
    await jobs.delete(name);
  }
}

async function* answersOf(job: Job): AsyncGenerator<unknown> {
  for await (const { id, ok, output, error } of job.results({ wait: false })) {
    yield ok ? { id, output } : { id, error: error.code };
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method === "POST") {
      return await submit(clientOf(env), env.JOBS, await request.json());
    }
    const id = new URL(request.url).searchParams.get("job") ?? "";
    const answers = await env.JOBS.get(`done/${id}`);
    return new Response(answers, { status: answers === null ? 404 : 200 });
  },

  async scheduled(_event: unknown, env: Env): Promise<void> {
    await stepAll(clientOf(env), env.JOBS);
  },
};
