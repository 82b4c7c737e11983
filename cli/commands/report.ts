/**
 * The command that makes a page about a job, and what it shares with
 * `run --report`.
 *
 * @module
 */

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Endpoint, JobStatus, ResultStream } from "../../mod.ts";
import { Report } from "../../src/report/mod.ts";
import type { Call, Command } from "./command.ts";
import { ANSWERED, UsageError } from "../messages/errors.ts";
import { openClient } from "../flags/options.ts";
import { openPrinter } from "../output/printer.ts";

/** How every report begins. */
const BEGINNING = "<!doctype html>";

/** Makes a page. */
export const report: Command = {
  subject: "JOB",
  summary: "make a page that shows a job, to look at and pass on",
  examples: [
    "openai-batch report nightly-2026-11-21",
    "openai-batch report nightly-2026-11-21 --answers 0 --output report.html",
  ],
  details: `\
Reads the results of a job that can be read now, and writes one HTML file: what
was answered, what failed and why, what it cost, when each batch ran, and the
first answers. It changes nothing. The page has no scripts and loads nothing from
elsewhere. It contains answers, unless you pass --answers 0.`,
  flags: ["output", "answers", "endpoint", "maxAttempts"],
  async run(call: Call): Promise<number> {
    const { subject, flags, io, reporter } = call;
    const path = flags.output ?? `${subject}.html`;
    const client = openClient(flags, io);
    const progress = reporter.progress(client.clock);
    const { endpoint, maxAttempts } = flags;
    const page = await openPage(path, call);
    try {
      const status = await client.status(subject, { maxAttempts, progress });
      const job = await client.attach(subject, {
        endpoint,
        maxAttempts,
        progress,
      });
      const stream = job.results({ wait: false });
      for await (const result of stream) page.report.add(result);
      await page.write(stream, status);
    } finally {
      page.close();
    }
    const line = { type: "report", job: subject, path };
    if (page.isFile) await reporter.give(path, line);
    return ANSWERED;
  },
};

/** A page that is to be written. */
export interface Page {
  /** Gets the results. */
  report: Report;
  /** Whether it becomes a file; else it is printed. */
  isFile: boolean;
  /**
   * Writes it at once, so that half a page is never seen.
   *
   * @param stream The results' job.
   * @param status The job's state, if it isn't done.
   */
  write(stream: ResultStream<Endpoint>, status?: JobStatus): Promise<void>;
  /** Nothing more is written. */
  close(): void;
}

/**
 * Opens the place of a page, before anything is sent.
 *
 * @param path Where it goes.
 * @param call The command.
 * @returns The page.
 * @throws {UsageError} If something else is there.
 */
export async function openPage(path: string, call: Call): Promise<Page> {
  const printer = await openPrinter(path, call);
  if (!printer) checkReport(path);
  const report = new Report({ answers: call.flags.answers });
  return {
    report,
    isFile: !printer,
    write: async ({ jobId, batches, usage }, status) => {
      const html = report.html({ jobId, batches, usage, status });
      if (printer) return await printer.output.write(html);
      const beside = `${path}.part`;
      writeFileSync(beside, html);
      renameSync(beside, path);
    },
    close: () => printer?.close(),
  };
}

/** Only an older report may be overwritten. */
function checkReport(path: string): void {
  if (!existsSync(path)) return;
  if (readFileSync(path, "utf8").startsWith(BEGINNING)) return;
  throw new UsageError(
    `${path} exists already and isn't a report: name another file`,
  );
}
