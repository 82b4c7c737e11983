/**
 * A report of a job: one self-contained page that says what was asked, answered and
 * paid. It is a pure function of results, batches and usage, so an edge function can
 * serve it.
 *
 * ```ts
 * import { OpenAIBatch } from "@offpeak/openai-batch";
 * import { reportOf } from "@offpeak/openai-batch/report";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const client = new OpenAIBatch(createSimulator().options);
 * const params = { model: "gpt-4o-mini" };
 * const run = await client.run(["1 + 1 =", "1 + 2 ="], { params });
 * const page = reportOf(run, { title: "Two sums" });
 * console.log(page.includes("Two sums"));
 * ```
 *
 * @module
 */

export { Report, reportOf } from "./report.ts";
export type { ReportedJob, ReportOptions } from "./report.ts";
export type { AnyResult } from "../results/result.ts";
export type { JobBatch } from "../results/run.ts";
