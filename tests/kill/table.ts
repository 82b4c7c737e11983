/**
 * A table through the command line, as processes of their own: `try`, `run`
 * killed three times, `retry` until nothing fails. Then the output is read by
 * csv-parse and by Python, and held against the input: each row once, its
 * columns as they were, its own answer.
 *
 *     deno task kill:table [questions.jsonl]
 *
 * The file has an object per line, whose keys are the columns; the first one
 * is asked. Without it 2,000 rows are made up.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
// @ts-types="../_support/csv_parse.d.ts"
import { parse } from "csv-parse/sync";

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const MODEL = ["--model", "gpt-4o-mini"];
const FAST = ["--settle-time", "200ms", "--poll-interval", "200ms"];
/** How often an answer may expire before it is there. */
const MOST_RETRIES = 12;

const READ_BY_PYTHON = `\
import csv, json, sys
csv.field_size_limit(10**9)
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    json.dump(list(csv.reader(file)), sys.stdout)`;

/** What a table came through. */
export interface Outcome {
  /** Rows in and out. */
  rows: number;
  /** How many rows the output had when the process was killed. */
  killedAt: number[];
  /** How often failures were asked once more. */
  retries: number;
  /** Whether Python was there to read it. */
  byPython: boolean;
}

/**
 * Sends a table through.
 *
 * @param rows The columns, and then the rows; the first column is asked.
 * @returns What it came through.
 */
export async function sendThrough(rows: string[][]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "kill-table-"));
  const input = join(folder, "in.csv");
  const output = join(folder, "out.csv");
  writeFileSync(input, rows.map(line).join(""));
  const server = start([
    "simulate",
    "--speed",
    "60000",
    "--faults",
    '{"expired": 0.5}',
  ]);
  try {
    const env = await addressOf(server);
    const prompt = ["--prompt", `Q: {${rows[0]![0]}}`, ...MODEL];
    assert.equal(await end(["try", input, ...prompt, "--size", "5"], env), 0);
    const batches = ["--batch-size", `${Math.ceil(rows.length / 20)}`];
    const job = ["--job", "t", "--output", output];
    const run = ["run", input, ...prompt, ...batches, ...job, ...FAST];
    const killedAt = [];
    for (const share of [0, 0.2, 0.6]) {
      killedAt.push(await kill(run, env, output, share * rows.length));
    }
    const code = await end(run, env);
    assert.ok(code === 0 || code === 1, `it ended with ${code}`);
    const retry = ["retry", "t", input, ...prompt, ...FAST];
    retry.push("--output", output);
    let retries = 0;
    for (let left = code; left === 1 && retries < MOST_RETRIES; retries++) {
      left = await end(retry, env);
    }
    const byPython = check(rows, output);
    return { rows: rows.length - 1, killedAt, retries, byPython };
  } finally {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

function line(fields: string[]): string {
  const quoted = fields.map((field) =>
    /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
  );
  return `${quoted.join(",")}\r\n`;
}

/** Gives whether Python was there. */
function check(rows: string[][], output: string): boolean {
  const found = parse(readFileSync(output, "utf8"), {});
  const [header = [], ...others] = rows;
  assert.deepEqual(found[0], [...header, "output", "error"]);
  const wanted = others.map((row) => [...row, `Answer to: Q: ${row[0]}`, ""]);
  const sorted = (rows: string[][]) =>
    rows.map((row) => JSON.stringify(row)).sort();
  assert.deepEqual(sorted(found.slice(1)), sorted(wanted));
  try {
    execFileSync("python3", ["--version"]);
  } catch {
    return false;
  }
  const maxBuffer = 1e9;
  const text = execFileSync("python3", ["-c", READ_BY_PYTHON, output], {
    maxBuffer,
    encoding: "utf8",
  });
  assert.deepEqual(JSON.parse(text), found);
  return true;
}

/** Starts a command, and kills it when the output has so many rows. Gives how many it had. */
async function kill(
  argv: string[],
  env: Record<string, string>,
  output: string,
  rows: number,
): Promise<number> {
  const child = start(argv, env);
  const isOver = once(child, "close").then(() => true);
  while (rowsOf(output) < rows || !existsSync(output)) {
    if (await Promise.race([isOver, delay(2, false)])) break;
  }
  process.kill(child.pid!, "SIGKILL");
  await isOver;
  return rowsOf(output);
}

/** By its ledger, without the first line. */
function rowsOf(output: string): number {
  const ledger = `${output}.job`;
  if (!existsSync(ledger) || statSync(ledger).size === 0) return 0;
  return readFileSync(ledger, "utf8").split("\n").length - 2;
}

async function end(
  argv: string[],
  env: Record<string, string>,
): Promise<number> {
  const child = start(argv, env);
  let said = "";
  child.stderr!.on("data", (chunk) => said += chunk);
  const [code] = await once(child, "close");
  if (code !== 0 && code !== 1) throw new Error(said);
  return code;
}

async function addressOf(
  server: ChildProcess,
): Promise<Record<string, string>> {
  let said = "";
  for await (const chunk of server.stdout!) {
    said += chunk;
    const [, url, key] =
      /^export OPENAI_BASE_URL=(\S+) OPENAI_API_KEY=(\S+)$/m.exec(said) ?? [];
    if (url && key) return { OPENAI_BASE_URL: url, OPENAI_API_KEY: key };
  }
  throw new Error(`The simulator ended: ${said}`);
}

function start(
  argv: string[],
  env: Record<string, string> = {},
): ChildProcess {
  const deno = "Deno" in globalThis ? ["run", "--quiet", "--allow-all"] : [];
  const child = spawn(process.execPath, [...deno, MAIN, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  child.stdout!.resume();
  return child;
}

/**
 * @param count How many rows.
 * @returns Columns and rows with all that makes CSV hard.
 */
export function madeUp(count: number): string[][] {
  const rows = Array.from({ length: count }, (_, i) => [
    `How many, "${i}", or\r\n$${i % 97}.50? – é 🎈`,
    i % 3 === 0 ? "" : `=${i}\n"x"`,
    `${i}`,
  ]);
  return [["the question", "answer", "n"], ...rows];
}

function readQuestions(path: string): string[][] {
  const records = readFileSync(path, "utf8").trimEnd().split("\n")
    .map((text): Record<string, string> => JSON.parse(text));
  return [
    Object.keys(records[0]!),
    ...records.map((row) => Object.values(row)),
  ];
}

if (import.meta.main) {
  const [path] = process.argv.slice(2);
  const rows = path === undefined ? madeUp(2_000) : readQuestions(path);
  const { killedAt, retries, byPython } = await sendThrough(rows);
  const readers = byPython ? "csv-parse and Python" : "csv-parse";
  process.stdout.write(
    `${rows.length - 1} rows, once each, by ${readers}: killed at ` +
      `${killedAt.join(", ")} rows, failures asked ${retries} times again\n`,
  );
  process.exit();
}
