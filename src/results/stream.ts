/**
 * Results as they arrive, from a job or from direct calls.
 *
 * @module
 */

import {
  type TableOptions,
  type UsageReport,
  usageTable,
} from "../pricing/mod.ts";
import type { Endpoint } from "../types/endpoints.ts";
import { BlockIterator } from "./block_iterator.ts";
import type { Result } from "./result.ts";
import { type JobBatch, type ResultStream, type Run, toRun } from "./run.ts";

/** The source of a stream's results. */
export interface StreamSource<
  E extends Endpoint,
  T,
  I extends number | undefined = number | undefined,
> {
  /** The job's id; undefined without a job. */
  jobId: string | undefined;
  /** Yields the results block by block; reading drives the work. */
  blocks: AsyncGenerator<Result<E, T, I>[]>;
  /** Tokens and cost so far. */
  usage: () => UsageReport;
  /** The batches so far, without their results. */
  batches: () => JobBatch[];
  /** Batches that never got into the queue. */
  refused: () => JobBatch[];
}

/** A stream over blocks of results. */
export class BlockStream<
  E extends Endpoint,
  T,
  I extends number | undefined = number | undefined,
> implements ResultStream<E, T, I> {
  /** The job's id; undefined without a job. */
  readonly jobId: string | undefined;
  readonly #source: StreamSource<E, T, I>;
  readonly #results: BlockIterator<Result<E, T, I>>;

  constructor(source: StreamSource<E, T, I>) {
    this.jobId = source.jobId;
    this.#source = source;
    this.#results = new BlockIterator(source.blocks);
  }

  /** The batches so far, those that ran and those that were refused. */
  get batches(): JobBatch[] {
    return [...this.#source.batches(), ...this.#source.refused()];
  }

  /** What was used and paid so far. */
  get usage(): UsageReport {
    return this.#source.usage();
  }

  /** The usage so far, as a table. */
  usageTable(options?: TableOptions): string {
    return usageTable(this.usage, options);
  }

  next(): Promise<IteratorResult<Result<E, T, I>>> {
    return this.#results.next();
  }

  /**
   * Stops reading. Direct calls end; batches keep running, unless `atAbort` says
   * otherwise.
   */
  return(value?: unknown): Promise<IteratorResult<Result<E, T, I>>> {
    return this.#results.return(value);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** All results not read before, as a run. */
  async collect(): Promise<Run<E, T, I>> {
    const results = await this.#results.rest();
    const { jobId, usage } = this;
    return toRun({ jobId, results, batches: this.#source.batches(), usage });
  }
}
