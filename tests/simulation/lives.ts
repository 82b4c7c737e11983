/**
 * What a process does with the job, from its start to its last result.
 *
 * @module
 */

import {
  type AttachOptions,
  type Job,
  type JobOptions,
  type JobRecord,
  OpenAIBatch,
  type Result,
  type UsageReport,
} from "../../mod.ts";
import type { Process } from "./process.ts";
import type { Life, Scenario } from "./scenario.ts";
import { SETTLE_TIME } from "./time.ts";
import { countTokens, inputOf } from "./workload.ts";

/** The job's id. */
export const JOB = "sim";

/** What a process got. */
export interface Delivery {
  life: Life;
  /** When it began, ms. */
  startedAt: number;
  results: Result[];
  /** Everything was delivered. */
  isComplete: boolean;
  /** Whether the process had the input. */
  hasInput: boolean;
  usage: UsageReport | undefined;
}

/** What outlives the processes. */
export interface World {
  scenario: Scenario;
  baseURL: string;
  apiKey: string;
  /** The last record that was stored. */
  record: JobRecord | undefined;
  /** Where the job stood last. */
  status: unknown;
  /** Called as `cancel()` is, and as it has resolved. */
  onCancel: (event: "called" | "resolved") => void;
}

/** Lives one life. The delivery is filled as results come. */
export async function live(
  world: World,
  process: Process,
  delivery: Delivery,
): Promise<void> {
  const { kind } = delivery.life;
  const client = clientOf(world, process);
  if (kind === "run") {
    const input = inputOf(world.scenario.workload) as never;
    const run = await client.run(input, jobOptions(world, delivery.life));
    delivery.results.push(...run.results as Result[]);
    delivery.usage = run.usage;
    delivery.isComplete = true;
    return;
  }
  if (kind === "stream") {
    const input = inputOf(world.scenario.workload) as never;
    return await read(
      client.stream(input, jobOptions(world, delivery.life)),
      delivery,
    );
  }
  if (kind === "cron") return await cron(world, process, delivery);
  const job = await open(world, client, delivery);
  const { cancelAfter } = delivery.life;
  if (cancelAfter !== undefined) {
    await stepUntil(world, process, job, delivery, cancelAfter);
    await cancel(world, job);
  } else if (kind === "step") {
    await stepUntil(world, process, job, delivery, Infinity);
  }
  if (kind === "parts") return await readParts(job, delivery);
  const watching = delivery.life.isWatched ? watch(job) : undefined;
  await Promise.all([read(job.results(), delivery), watching]);
}

async function watch(job: Job): Promise<void> {
  for await (const _ of job.watch());
}

/** Deletes the job's files. */
export async function cleanUp(world: World, process: Process): Promise<void> {
  const job = await clientOf(world, process).attach(JOB, attachOptions(world));
  await job.cleanup();
}

function clientOf(world: World, process: Process): OpenAIBatch {
  const { apiKey, baseURL, scenario } = world;
  const { fetch, clock } = process;
  return new OpenAIBatch({
    apiKey,
    baseURL,
    fetch,
    clock: { now: () => clock.now() + scenario.skew, sleep: clock.sleep },
    settleTime: SETTLE_TIME,
  });
}

async function open(
  world: World,
  client: OpenAIBatch,
  { life }: Delivery,
): Promise<Job> {
  if (life.kind === "submit" || life.kind === "step") {
    const input = inputOf(world.scenario.workload) as never;
    return await client.submit(input, jobOptions(world, life)) as Job;
  }
  return await attach(world, client, life);
}

async function attach(
  world: World,
  client: OpenAIBatch,
  life: Life,
): Promise<Job> {
  const from = life.fromRecord && world.record ? world.record : JOB;
  return await client.attach(from, attachOptions(world, life)) as Job;
}

async function cancel(world: World, job: Job): Promise<void> {
  world.onCancel("called");
  await job.cancel();
  world.onCancel("resolved");
}

/** Steps, as a script of one's own would, until it is done or time is up. */
async function stepUntil(
  world: World,
  { clock }: Process,
  job: Job,
  { life, startedAt }: Delivery,
  limit: number,
): Promise<void> {
  const { maxCalls } = life;
  while (clock.now() < startedAt + limit) {
    const status = await passing(() => job.step({ maxCalls }));
    world.status = status ?? world.status;
    world.record = JSON.parse(JSON.stringify(job));
    if (status?.done || status?.stopped) return;
    const left = startedAt + limit - clock.now();
    const wait = Math.max(status?.wait ?? 60_000, 100);
    await clock.sleep(Math.min(wait, Math.max(left, 0)));
  }
}

/** A process per wake-up, each with one step. */
async function cron(
  world: World,
  process: Process,
  delivery: Delivery,
): Promise<void> {
  const { life, startedAt } = delivery;
  const { cancelAfter = Infinity } = life;
  // A wake-up without a record begins anew: with few calls it gets nowhere.
  const maxCalls = life.fromRecord ? life.maxCalls : Infinity;
  while (true) {
    const job = await attach(world, clientOf(world, process), life);
    if (process.clock.now() >= startedAt + cancelAfter) {
      await cancel(world, job);
    }
    const status = await passing(() => job.step({ maxCalls }));
    world.status = status ?? world.status;
    world.record = JSON.parse(JSON.stringify(job));
    if (status?.done || status?.stopped) break;
    await process.clock.sleep(Math.max(status?.wait ?? 60_000, 1_000));
  }
  const job = await attach(world, clientOf(world, process), life);
  await read(job.results(), delivery);
}

/** What a cron does about a step that found no connection: the next one will. */
async function passing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isPassing(error)) return undefined;
    throw error;
  }
}

/** Whether an error may be gone later. */
export function isPassing(error: unknown): boolean {
  const { name, status } = error as { name?: string; status?: number };
  if (name === "ConnectionError") return true;
  if (name !== "APIError") return false;
  return status === 408 || status === 409 || status === 429 || status! >= 500;
}

async function read(
  stream: AsyncIterable<unknown> & { usage: UsageReport },
  delivery: Delivery,
): Promise<void> {
  for await (const result of stream) delivery.results.push(result as Result);
  delivery.usage = stream.usage;
  delivery.isComplete = true;
}

async function readParts(job: Job, delivery: Delivery): Promise<void> {
  for await (const part of job.parts()) {
    for await (const result of part.results()) delivery.results.push(result);
  }
  delivery.isComplete = true;
}

function attachOptions(world: World, life?: Life): AttachOptions {
  const { scenario } = world;
  const { batchSize: _size, maxBytes: _bytes, ...options } = scenario.options;
  const { retries } = scenario.workload;
  return {
    ...options,
    progress: (status) => world.status = status,
    countTokens: life?.tokenRate ? countTokens(life.tokenRate) : undefined,
    retry: retries
      ? (result) => isDraft(result) && (retries === true || { temperature: 1 })
      : undefined,
  };
}

function jobOptions(world: World, life: Life): JobOptions {
  const { pairs } = life;
  const { batchSize, maxBytes } = world.scenario.options;
  return {
    ...attachOptions(world, life),
    job: JOB,
    params: { model: "gpt-4o-mini" },
    batchSize,
    maxBytes,
    ...(pairs === undefined ? {} : { batch: { metadata: pairsOf(pairs) } }),
  };
}

/** Pairs that say how many they are to be. */
function pairsOf(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${i}`, `of ${count}`]),
  );
}

/** Whether an answer is to be asked again. */
export function isDraft(
  result: Pick<Result, "ok"> & { output?: unknown },
): boolean {
  return result.ok && String(result.output).startsWith("draft");
}
