/**
 * What a run returns: the results in input order, and what they cost together.
 *
 * @module
 */

import { FailedRequestsError } from "./failed_requests_error.ts";
import type { TableOptions, UsageReport } from "../pricing/mod.ts";
import { usageTable } from "../pricing/mod.ts";
import type { Batch } from "../types/batch.ts";
import type { Chat, Endpoint, OutputOf } from "../types/endpoints.ts";
import type { Failure, Result, Success } from "./result.ts";

/** A batch with the API's own fields (`batch.output_file_id`, …), and what it runs. */
export interface JobBatch extends Batch {
  /** The number of its part: 0, 1, … */
  part: number;
  /** 0 for the first attempt at a part. */
  round: number;
}

/**
 * A batch and its results.
 *
 * @typeParam E The endpoint.
 * @typeParam T The type of `parsed`.
 * @typeParam I The type of `index`: a number where this process reads the input.
 */
export interface RunBatch<
  out E extends Endpoint = Chat,
  out T = unknown,
  out I extends number | undefined = number | undefined,
> extends JobBatch {
  /** Its results, in input order. */
  results: Result<E, T, I>[];
}

/**
 * A finished run: every request has its result.
 *
 * @typeParam E The endpoint.
 * @typeParam T The type of `parsed`.
 * @typeParam I The type of `index`: a number where this process reads the input.
 */
export interface Run<
  E extends Endpoint = Chat,
  T = unknown,
  I extends number | undefined = number | undefined,
> {
  /** The job's id; undefined after `direct`. */
  jobId: string | undefined;
  /** One per request, in input order. */
  results: Result<E, T, I>[];
  /** Those that are answers. */
  succeeded: Success<E, T, I>[];
  /** The others. */
  failed: Failure<E, I>[];
  /**
   * Finds a result.
   *
   * @param id A request's id.
   * @returns Its result; undefined for an unknown id.
   */
  get(id: string): Result<E, T, I> | undefined;
  /**
   * Returns just the outputs.
   *
   * @returns The outputs, in input order; with a schema, the parsed values.
   * @throws {FailedRequestsError} If any request failed.
   */
  values(): (T extends undefined ? OutputOf<E> : T)[];
  /** The batches with their results, in the order of their parts. */
  batches: RunBatch<E, T, I>[];
  /** The tokens used, and what was paid. */
  usage: UsageReport;
  /**
   * Prints the usage.
   *
   * @param options How it looks.
   * @returns A table of tokens and prices.
   */
  usageTable(options?: TableOptions): string;
}

/**
 * The results of a job as they arrive; none is kept. Reading it drives the job:
 * nothing is sent before the first `next()`. A job's `results` and `direct` return
 * one as well.
 *
 * @typeParam E The endpoint.
 * @typeParam T The type of `parsed`.
 * @typeParam I The type of `index`: a number where this process reads the input.
 */
export interface ResultStream<
  E extends Endpoint = Chat,
  T = unknown,
  I extends number | undefined = number | undefined,
> extends AsyncIterableIterator<Result<E, T, I>> {
  /** The job's id; undefined for `direct`. */
  readonly jobId: string | undefined;
  /** The batches so far; at the end also those that OpenAI refused to queue. */
  readonly batches: JobBatch[];
  /**
   * Tokens and cost of the answers read so far. Answers are read in blocks: after
   * a `break`, up to 1,024 of them may have been read but not handed out. The same
   * goes for the counts of a status.
   */
  readonly usage: UsageReport;
  /**
   * Prints the usage so far.
   *
   * @param options How it looks.
   * @returns A table of tokens and prices.
   */
  usageTable(options?: TableOptions): string;
  /**
   * Reads to the end.
   *
   * @returns All results not read before.
   */
  collect(): Promise<Run<E, T, I>>;
  /**
   * Stops reading, as a `break` does. The batches keep running, unless `atAbort`
   * is "cancel".
   *
   * @param value Returned as the value.
   */
  return(value?: unknown): Promise<IteratorResult<Result<E, T, I>>>;
  /** Itself. */
  [Symbol.asyncIterator](): ResultStream<E, T, I>;
}

/** What a run is made of. */
export interface RunParts<E extends Endpoint, T, I extends number | undefined> {
  /** The job's id. */
  jobId: string | undefined;
  /** The results, in any order. */
  results: Result<E, T, I>[];
  /** The batches, without their results. */
  batches: JobBatch[];
  /** The tokens used, and what was paid. */
  usage: UsageReport;
}

/** Assembles a run. */
export function toRun<E extends Endpoint, T, I extends number | undefined>(
  parts: RunParts<E, T, I>,
): Run<E, T, I> {
  const { jobId, usage } = parts;
  const results = inOrder(parts.results);
  const failed = results.filter((result) => !result.ok) as Failure<E, I>[];
  const succeeded = results.filter((result) => result.ok) as Success<E, T, I>[];
  let byId: Map<string, Result<E, T, I>> | undefined;
  const batches = parts.batches.map((batch) =>
    Object.assign({}, batch as RunBatch<E, T, I>, {
      results: [] as Result<E, T, I>[],
    })
  );
  const byBatch = new Map(batches.map((batch) => [batch.id, batch.results]));
  for (const result of results) {
    byBatch.get(result.batchId ?? "")?.push(result);
  }
  return {
    jobId,
    results,
    succeeded,
    failed,
    batches,
    usage,
    get: (id) => {
      byId ??= new Map(results.map((result) => [result.id, result]));
      return byId.get(id);
    },
    values: () => {
      if (failed.length > 0) throw new FailedRequestsError(failed, jobId);
      return succeeded.map(({ parsed, output }) =>
        parsed === undefined ? output : parsed
      ) as ReturnType<Run<E, T>["values"]>;
    },
    usageTable: (options) => usageTable(usage, options),
  };
}

/** Puts each in its place. Sorts only if one is missing. */
function inOrder<R extends { index: number | undefined }>(
  results: readonly R[],
): R[] {
  const ordered = new Array<R | undefined>(results.length);
  for (const result of results) {
    const { index = Infinity } = result;
    if (index < results.length) ordered[index] = result;
  }
  if (!ordered.includes(undefined)) return ordered as R[];
  return results.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
}
