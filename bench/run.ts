/**
 * Every figure on every runtime, as a table. Ends with 1 if one misses its
 * limit. Takes about twenty minutes.
 *
 *     npx -y deno@2 run -A bench/run.ts
 *
 * @module
 */

import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import type { Figure } from "./_figure.ts";
import { scriptBeside } from "./_process.ts";

const run = promisify(execFile);

const RUNTIMES = {
  Deno: ["deno@2", "run", "-A"],
  Bun: ["bun@1"],
  Node: ["node@24"],
};

const SCRIPTS = [
  "job.ts",
  "batch_fetch.ts",
  "background.ts",
  "download.ts",
  "upload.ts",
  "memory.ts",
  "stream_memory.ts",
  "parts.ts",
  "import_time.ts",
];

async function measure(command: string[], script: string): Promise<Figure[]> {
  const args = ["-y", ...command, scriptBeside(script), "--json"];
  const { stdout } = await run("npx", args);
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

function row(runtime: string, figure: Figure): string {
  const { name, value, limit, unit, detail } = figure;
  const verdict = value <= limit ? "pass" : "FAIL";
  const cells = [
    name,
    `≤ ${limit} ${unit}`,
    runtime,
    `${value.toFixed(2)} ${unit}`,
    verdict,
    detail,
  ];
  return `| ${cells.join(" | ")} |\n`;
}

process.stdout.write("| figure | limit | runtime | measured | | of |\n");
process.stdout.write("|---|---|---|---|---|---|\n");
let missed = 0;
const report = (runtime: string, figures: Figure[]) => {
  for (const figure of figures) {
    if (figure.value > figure.limit) missed++;
    process.stdout.write(row(runtime, figure));
  }
};
for (const script of SCRIPTS) {
  for (const [runtime, command] of Object.entries(RUNTIMES)) {
    report(runtime, await measure(command, script));
  }
}
for (const script of ["size.ts", "tokens.ts"]) {
  report("any", await measure(RUNTIMES.Deno, script));
}
process.exitCode = missed > 0 ? 1 : 0;
