/**
 * The command that makes a page of a job, and what `run --report` shares with
 * it.
 *
 * @module
 */

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Endpoint, JobStatus, ResultStream } from "../mod.ts";
import { Report } from "../src/report/mod.ts";
import type { Call, Command } from "./_command.ts";
import { ANSWERED, UsageError } from "./_errors.ts";
import type { Flags } from "./_flags.ts";
import { openClient } from "./_options.ts";

/** How every report begins. */
const BEGINNING = "<!doctype html>";

/** Makes a page. */
export const report: Command = {
  subject: "JOB",
  summary: "make a page of a job to look at and to pass on",
  details: `\
Reads the results of a job that can be read now, and writes one HTML file:
what was answered, what failed and why, what it cost, when each batch ran, and
the first answers. It changes nothing. The page has no script and nothing from
elsewhere; it holds answers unless you say --answers 0.

Examples:
  openai-batch report nightly-2026-11-21
  openai-batch report nightly-2026-11-21 --answers 0 --output report.html`,
  flags: ["output", "answers", "endpoint"],
  async run(call: Call): Promise<number> {
    const { subject, flags, io, reporter } = call;
    const path = flags.output ?? `${subject}.html`;
    checkReport(path);
    const client = openClient(flags, io);
    const status = await client.status(subject);
    const job = await client.attach(subject, { endpoint: flags.endpoint });
    const stream = job.results({ wait: false });
    const report = new Report({ answers: flags.answers });
    for await (const result of stream) report.add(result);
    writeReport(path, report, stream, status);
    await reporter.give(path, { type: "report", job: subject, path });
    return ANSWERED;
  },
};

/**
 * @param flags The options.
 * @returns A report to fill where one is wanted.
 * @throws {UsageError} If something else stands where it goes.
 */
export function openReport({ report }: Flags): Report | undefined {
  if (report === undefined) return undefined;
  checkReport(report);
  return new Report();
}

/**
 * Writes a page at once, so that nobody sees half of it.
 *
 * @param path Where it goes.
 * @param report What the results say.
 * @param stream Their job.
 * @param status Where that stands, if it is not over.
 */
export function writeReport(
  path: string,
  report: Report,
  stream: ResultStream<Endpoint>,
  status?: JobStatus,
): void {
  const { jobId, batches, usage } = stream;
  const beside = `${path}.part`;
  writeFileSync(beside, report.html({ jobId, batches, usage, status }));
  renameSync(beside, path);
}

/** An older report may go; nothing else. */
function checkReport(path: string): void {
  if (!existsSync(path)) return;
  if (readFileSync(path, "utf8").startsWith(BEGINNING)) return;
  throw new UsageError(
    `${path} is there already, and is no report: name another file with --output`,
  );
}
