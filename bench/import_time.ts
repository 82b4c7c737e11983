/**
 * Time of `await import()` of this package and of the official SDK, both
 * installed from npm tarballs, each time in a fresh process.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pack } from "../tools/pack.ts";
import { median, print } from "./_figure.ts";
import { runScript } from "./_process.ts";

const PROCESSES = 30;

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), "openai-batch-"));

/** Fresh processes in turn; the first of each fills caches and does not count. */
async function measure(): Promise<void> {
  const scripts = {
    ours: await writeImport("@offpeak/openai-batch"),
    theirs: await writeImport("openai"),
    bare: await writeScript("bare", "console.log(0)"),
  };
  const times = { ours: [] as number[], theirs: [] as number[] };
  const starts: number[] = [];
  for (let i = 0; i <= PROCESSES; i++) {
    const ours = await runScript<number>(scripts.ours, []);
    const theirs = await runScript<number>(scripts.theirs, []);
    const start = performance.now();
    await runScript(scripts.bare, []);
    if (i === 0) continue;
    starts.push(performance.now() - start);
    times.ours.push(ours);
    times.theirs.push(theirs);
  }
  const ours = median(times.ours);
  const theirs = median(times.theirs);
  print({
    name: "import",
    value: ours / theirs,
    limit: 0.2,
    unit: "×",
    detail: `ours ${ours.toFixed(1)} ms, openai ${theirs.toFixed(1)} ms, ` +
      `a process that does nothing ${median(starts).toFixed(0)} ms`,
  });
}

async function install(): Promise<void> {
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const packages = [await pack(folder), "openai@7.55.0"];
  const flags = ["--no-audit", "--no-fund"];
  await run("npm", ["install", ...flags, ...packages], { cwd: folder });
}

function writeImport(name: string): Promise<string> {
  return writeScript(
    name.replaceAll("/", "_"),
    `const start = performance.now();
     await import(${JSON.stringify(name)});
     console.log(performance.now() - start);`,
  );
}

async function writeScript(name: string, code: string): Promise<string> {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, code);
  return path;
}

try {
  await install();
  await measure();
} finally {
  await rm(folder, { recursive: true });
}
