/**
 * The client of the schedules, on the runtime that is tested: an ordinary
 * client with the runtime's own `fetch`.
 *
 * @module
 */

import { OpenAIBatch } from "../../mod.ts";
import { fastClock, SPEED } from "../kill/clock.ts";

/** What a client does in a schedule. */
export type Workload = "run" | "attach" | "cancel" | "direct";

/** All of them. */
export const WORKLOADS: readonly Workload[] = [
  "run",
  "direct",
  "attach",
  "direct",
  "run",
  "cancel",
];

/** A result as it goes to the host. */
export interface Told {
  id: string;
  attempts: number;
  output?: unknown;
  code?: string;
}

/** What came of a schedule. */
export interface Outcome {
  results: Told[];
  error?: string;
}

/** Milliseconds of real time. */
const SETTLE = 250;
const TIMEOUT = 900;

const REQUESTS = 24;

/**
 * @param seed The schedule's.
 * @param workload What it does.
 * @returns Its requests.
 */
export function requestsOf(
  seed: number,
  workload: Workload,
): { id: string; content: string }[] {
  return Array.from({ length: REQUESTS }, (_, i) => ({
    id: `${workload}-${seed}-${i}`,
    content: `${workload} ${seed} ${i}`,
  }));
}

/**
 * Runs a schedule.
 *
 * @param schedule Where its proxy is, and what to do.
 * @param schedule.seed Names the job.
 * @param schedule.port The proxy's.
 * @param schedule.workload What to do.
 * @returns What came of it.
 */
export async function runSchedule({ seed, port, workload }: {
  seed: number;
  port: number;
  workload: Workload;
}): Promise<Outcome> {
  const client = new OpenAIBatch({
    apiKey: "sk-simulator",
    baseURL: `http://127.0.0.1:${port}/v1`,
    clock: fastClock,
    settleTime: SETTLE * SPEED,
    timeout: TIMEOUT * SPEED,
  });
  const results: Told[] = [];
  try {
    for await (const result of work(client, seed, workload)) {
      const { id, attempts } = result;
      results.push(
        result.ok
          ? { id, attempts, output: result.output }
          : { id, attempts, code: result.error.code },
      );
    }
    return { results };
  } catch (error) {
    return { results, error: String(error) };
  }
}

async function* work(client: OpenAIBatch, seed: number, workload: Workload) {
  const requests = requestsOf(seed, workload);
  const params = { model: "gpt-4o-mini" };
  if (workload === "direct") {
    return yield* client.direct(requests, {
      params,
      concurrency: 4,
      maxAttempts: 6,
      progress: false,
    });
  }
  const job = `job-${seed}`;
  const options = { job, params, batchSize: 12, progress: false } as const;
  if (workload === "run") return yield* client.stream(requests, options);
  const submitted = await client.submit(requests, options);
  if (workload === "cancel") {
    await submitted.cancel();
    return yield* submitted.results();
  }
  const attached = await client.attach(job);
  yield* attached.results();
  await attached.cleanup();
}
