/**
 * A table in, a table out: the peak of `openai-batch run` over that of the
 * library's `stream` of as many requests, the same for twice the bytes in as
 * many rows, and the CPU of reading CSV against csv-parse. Needs 6 GB in the
 * folder for temporary files, and as much memory for the server.
 *
 *     table.ts [rows, by default 1000000]
 *
 * @module
 */

import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
// @ts-types="../tests/_support/csv_parse.d.ts"
import { parse } from "csv-parse";
import { openBytes } from "../cli/table/bytes.ts";
import { Table } from "../cli/table/table.ts";
import { median, print } from "./_figure.ts";
import type { Peak } from "./_memory.ts";
import { runScript, scriptBeside, startServer } from "./_process.ts";
import { writeTable } from "./_table_file.ts";

const ROWS = Number(process.argv.find((arg) => /^\d+$/.test(arg)) ?? 1_000_000);
const BYTES = 1_000;
/** Rows of the file that is only read. */
const READ = 100_000;
const ROUNDS = 5;
/** Peaks differ by half from one process to the next: when the collector runs is chance. */
const PEAKS = 3;

const folder = mkdtempSync(join(tmpdir(), "bench-table-"));
const input = join(folder, "in.csv");

/** CPU, in ms: what else the machine does is no matter. */
async function timeOf(work: () => Promise<number>): Promise<number> {
  const start = process.cpuUsage();
  const rows = await work();
  if (rows !== READ) throw new Error(`${rows} rows were read`);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

async function readByUs(): Promise<number> {
  const table = new Table(await openBytes(input, process), { format: "csv" });
  let rows = 0;
  for (const block of table.blocks()) rows += block.length;
  table.close();
  return rows;
}

async function readByCsvParse(): Promise<number> {
  const parser = parse({ from_line: 2 });
  let rows = 0;
  for await (const _ of createReadStream(input).pipe(parser)) rows++;
  return rows;
}

async function compareReading(): Promise<void> {
  writeTable(input, READ, BYTES);
  const times = [];
  for (let i = 0; i < ROUNDS; i++) {
    times.push({
      ours: await timeOf(readByUs),
      theirs: await timeOf(readByCsvParse),
    });
  }
  const [ours, theirs] = [
    median(times.map(({ ours }) => ours)),
    median(times.map(({ theirs }) => theirs)),
  ];
  print({
    name: "CPU of reading CSV, by that of csv-parse",
    value: median(times.map(({ ours, theirs }) => ours / theirs)),
    limit: 0.5,
    unit: "×",
    detail: `${READ} rows of ${BYTES} bytes: ${Math.round(ours)} ms, ` +
      `csv-parse ${Math.round(theirs)} ms, ${ROUNDS} rounds`,
  });
}

async function peakOf(...args: string[]): Promise<number> {
  const server = await startServer();
  const script = scriptBeside("_table_peak.ts");
  const { peak } = await runScript<Peak>(script, [server.baseURL, ...args]);
  server.stop();
  return peak;
}

/** The bytes of the rows in the input. */
let written = 0;

async function peakOfRun(bytes: number): Promise<number> {
  if (written !== bytes) writeTable(input, ROWS, bytes);
  written = bytes;
  const output = join(folder, "out.csv");
  const peak = await peakOf("run", input, output);
  rmSync(output);
  rmSync(`${output}.job`);
  return peak;
}

try {
  await compareReading();
  const peaks = { stream: [] as number[], run: [] as number[] };
  for (let i = 0; i < PEAKS; i++) {
    peaks.stream.push(await peakOf("stream", String(ROWS), String(BYTES)));
    peaks.run.push(await peakOfRun(BYTES));
  }
  const [stream, run] = [median(peaks.stream), median(peaks.run)];
  print({
    name: "peak of run, a table in and out, over that of stream",
    value: run - stream,
    limit: 40,
    unit: "MB",
    detail: `${ROWS} rows of ${BYTES} bytes: ${peaks.run.join(", ")} MB, ` +
      `stream ${peaks.stream.join(", ")} MB`,
  });
  const doubles: number[] = [];
  for (let i = 0; i < PEAKS; i++) doubles.push(await peakOfRun(2 * BYTES));
  print({
    name: "peak of run with twice the bytes in as many rows",
    value: median(doubles) / run,
    limit: 1.1,
    unit: "×",
    detail: `${doubles.join(", ")} MB, before ${run} MB`,
  });
} finally {
  rmSync(folder, { recursive: true });
}
