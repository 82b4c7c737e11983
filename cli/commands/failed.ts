/**
 * What failed in a job, and what became of it since: the job `JOB-retry-1` sends
 * it again, then `JOB-retry-2`, …
 *
 * @module
 */

import type {
  Endpoint,
  JobInput,
  OpenAIBatch,
  RequestLine,
  Result,
} from "../../mod.ts";
import { UsageError } from "../messages/errors.ts";
import type { Input } from "../input/input.ts";

/** A job and its retries. */
export interface Attempts {
  /** Its input files, in order, one of each part. */
  inputs: JobInput[];
  /** The numbers of its retries, in order. */
  retries: number[];
}

/**
 * @param job A job's name.
 * @param number Which of its retries.
 * @returns What that is called.
 */
export function retryOf(job: string, number: number): string {
  return `${job}-retry-${number}`;
}

/**
 * Finds a job and its retries, by one list of files.
 *
 * @param job The job's name.
 * @param client Finds them.
 * @param signal Ends the wait.
 * @returns What there is.
 */
export async function findAttempts(
  job: string,
  client: OpenAIBatch,
  signal: AbortSignal,
): Promise<Attempts> {
  const parts = new Map<number, JobInput>();
  const retries = new Set<number>();
  for (const input of await client.inputs({ prefix: job, signal })) {
    const { part } = input;
    if (input.job === job) parts.set(part, parts.get(part) ?? input);
    const [, number] = /^-retry-([1-9]\d*)$/.exec(
      input.job.slice(job.length),
    ) ?? [];
    if (number !== undefined) retries.add(Number(number));
  }
  return {
    inputs: [...parts.values()].sort((a, b) => a.part - b.part),
    retries: [...retries].sort((a, b) => a - b),
  };
}

/**
 * Refuses an input that isn't the job's: answers would end up in the wrong rows.
 *
 * @param job The job's name.
 * @param inputs Its input files.
 * @param input The input that was named.
 * @throws {UsageError} If the ids differ.
 */
export async function checkSameIds(
  job: string,
  inputs: readonly JobInput[],
  input: Input,
): Promise<void> {
  const { name } = input.table;
  let count = 0;
  for (const { ids } of inputs) {
    for (const id of await ids()) {
      count++;
      if (input.rowOf(id) !== undefined) continue;
      throw new UsageError(
        `${name} has no row with the id ${
          JSON.stringify(id)
        }, which is in the job ${job}: use the input and options that the job was started with`,
      );
    }
  }
  if (count === input.size) return;
  throw new UsageError(
    `${name} makes ${input.size} requests, but the job ${job} has ${count}: use the input and options that it was started with`,
  );
}

/** Reads what can be read of jobs, and keeps the ids of what failed. */
export class Failed {
  /** The ids of requests that have no answer yet. */
  readonly ids: Set<string> = new Set();
  readonly #write: (result: Result<Endpoint>) => Promise<void>;

  /** @param write Takes each answer. */
  constructor(write: (result: Result<Endpoint>) => Promise<void>) {
    this.#write = write;
  }

  /** @param results Those of a job. */
  async addJob(results: AsyncIterable<Result<Endpoint>>): Promise<void> {
    for await (const result of results) {
      if (result.ok) await this.#write(result);
      else this.ids.add(result.id);
    }
  }

  /** @param results Those of one of its retries. */
  async addRetry(results: AsyncIterable<Result<Endpoint>>): Promise<void> {
    for await (const result of results) {
      if (result.ok && this.ids.delete(result.id)) await this.#write(result);
    }
  }

  /**
   * @param inputs The job's input files.
   * @returns Reads the lines without an answer, as they were sent.
   */
  lines(
    inputs: readonly JobInput[],
  ): (() => AsyncGenerator<RequestLine<Endpoint>>) & { size: number } {
    const ids = new Set(this.ids);
    async function* read() {
      for (const { lines } of inputs) yield* await lines((id) => ids.has(id));
    }
    return Object.assign(read, { size: ids.size });
  }
}
