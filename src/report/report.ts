/**
 * A job as a page to look at and to pass on.
 *
 * @module
 */

import type { UsageReport } from "../pricing/mod.ts";
import type { JobStatus } from "../progress/status.ts";
import type { AnyResult } from "../results/result.ts";
import { checkWhole } from "../check_options.ts";
import type { JobBatch } from "../results/run.ts";
import { Facts } from "./_facts.ts";
import { page } from "./_page.ts";

/** What a report shows. */
export interface ReportOptions {
  /** The heading. @default "Batch job" and the job's id */
  title?: string | undefined;
  /** How many answers are shown, the first ones; 0 for none. @default 10 */
  answers?: number | undefined;
}

/** What a report takes from a job besides its results. */
export interface ReportedJob {
  /** The job's id; undefined where requests were asked directly. */
  jobId?: string | undefined;
  /** Its batches, the refused ones too; in any order. */
  batches: readonly JobBatch[];
  /** What was used and paid. */
  usage: UsageReport;
  /** Where it stands, if it is not over. */
  status?: JobStatus | undefined;
}

/**
 * Collects results as they come, however many: only counts and a few examples
 * are kept.
 *
 * @example A job that another process reads
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
   * Makes a report that has no results yet.
   *
   * @param options What it shows.
   * @throws {RangeError} If `answers` is not a whole number from 0 on.
   */
  constructor(options: ReportOptions = {}) {
    const { answers = 10 } = options;
    checkWhole("answers", answers);
    this.#options = options;
    this.#facts = new Facts(answers);
  }

  /**
   * Takes in one more result.
   *
   * @param result The result.
   */
  add(result: AnyResult): void {
    this.#facts.add(result);
  }

  /**
   * The page: one file with nothing from elsewhere and no script, so that it
   * can be stored, mailed or served. Whatever an answer holds, it is shown as
   * text.
   *
   * @param job What else there is to say.
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
 * The page of a run whose results are in hand.
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
 * @param run A run, or what it consists of.
 * @param options What the page shows.
 * @returns Its HTML.
 * @throws {RangeError} If `answers` is not a whole number from 0 on.
 */
export function reportOf(
  run: ReportedJob & { results: Iterable<AnyResult> },
  options: ReportOptions = {},
): string {
  const report = new Report(options);
  for (const result of run.results) report.add(result);
  return report.html(run);
}
