/**
 * A job as a page to look at and pass on.
 *
 * @module
 */

import type { UsageReport } from "../pricing/mod.ts";
import type { JobStatus } from "../progress/job_status.ts";
import type { AnyResult } from "../results/result.ts";
import { checkWhole } from "../check_options.ts";
import type { JobBatch } from "../results/run.ts";
import { Facts } from "./_facts.ts";
import { page } from "./_page.ts";

/** Options of a report. */
export interface ReportOptions {
  /** The heading. @default "Batch job" and the job's id */
  title?: string | undefined;
  /** How many answers to show, first ones first; 0 for none. @default 10 */
  answers?: number | undefined;
}

/** What a report needs from a job besides its results. */
export interface ReportedJob {
  /** The job's id; undefined for direct calls. */
  jobId?: string | undefined;
  /** Its batches, including refused ones, in any order. */
  batches: readonly JobBatch[];
  /** Tokens and cost. */
  usage: UsageReport;
  /** Where it stands, if it isn't done yet. */
  status?: JobStatus | undefined;
}

/**
 * Collects results as they arrive, however many: it keeps only counts and a few
 * examples.
 *
 * @example From a stream
 * ```ts
 * import { OpenAIBatch } from "@offpeak/openai-batch";
 * import { Report } from "@offpeak/openai-batch/report";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const client = new OpenAIBatch(createSimulator().options);
 * const params = { model: "gpt-4o-mini" };
 * const stream = client.stream(["1 + 1 =", "1 + 2 ="], { params });
 * const report = new Report({ answers: 1 });
 * for await (const result of stream) report.add(result);
 * const { jobId, batches, usage } = stream;
 * const page = report.html({ jobId, batches, usage });
 * console.log(page.length);
 * ```
 */
export class Report {
  readonly #options: ReportOptions;
  readonly #facts: Facts;

  /**
   * Creates a report without results.
   *
   * @param options What it shows.
   * @throws {RangeError} If `answers` is not a whole number of 0 or more.
   */
  constructor(options: ReportOptions = {}) {
    const { answers = 10 } = options;
    checkWhole("answers", answers);
    this.#options = options;
    this.#facts = new Facts(answers);
  }

  /**
   * Adds a result.
   *
   * @param result The result.
   */
  add(result: AnyResult): void {
    this.#facts.add(result);
  }

  /**
   * Makes the page: one file without scripts or anything loaded from elsewhere, so
   * that you can store, mail or serve it. Answers are always shown as text.
   *
   * @param job The rest of what the page shows.
   * @param now When it is made, ms since the epoch. @default Date.now()
   * @returns Its HTML.
   */
  html(job: ReportedJob, now: number = Date.now()): string {
    const { jobId, batches, usage, status } = job;
    const { title = jobId ? `Batch job ${jobId}` : "Batch job" } =
      this.#options;
    const facts = this.#facts;
    return page({ title, facts, batches, usage, status, now });
  }
}

/**
 * Makes the page of a finished run.
 *
 * @example
 * ```ts
 * import { OpenAIBatch } from "@offpeak/openai-batch";
 * import { reportOf } from "@offpeak/openai-batch/report";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const client = new OpenAIBatch(createSimulator().options);
 * const params = { model: "gpt-4o-mini" };
 * const run = await client.run(["1 + 1 ="], { params });
 * console.log(reportOf(run).startsWith("<!doctype html>"));
 * ```
 *
 * @param run A run, or its parts.
 * @param options What the page shows.
 * @returns Its HTML.
 * @throws {RangeError} If `answers` is not a whole number of 0 or more.
 */
export function reportOf(
  run: ReportedJob & { results: Iterable<AnyResult> },
  options: ReportOptions = {},
): string {
  const report = new Report(options);
  for (const result of run.results) report.add(result);
  return report.html(run);
}
