/**
 * What a page or a worker loads: each entry point bundled, minified and
 * gzipped, with the official SDK beside them. The same on every runtime. Ends
 * with 1 if one is over its limit.
 *
 *     npx -y deno@2 task size
 *
 * @module
 */

import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { type Figure, print } from "./_figure.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

/** KB by entry point: what was measured when they were set, and 3 % more. */
const LIMITS: Record<string, number> = {
  "mod.ts": 70.2,
  "src/webhooks.ts": 1.6,
  "src/testing/mod.ts": 19.4,
  "src/pricing/mod.ts": 7.0,
  "src/report/mod.ts": 6.2,
  "src/doctor/mod.ts": 14.9,
};

/** KB that `./fetch` has more than `mod.ts`. */
const ADDED_BY_FETCH = 4.0;

async function kilobytesOf(entry: string): Promise<number> {
  const args = ["-y", "esbuild@0.28.2", entry, "--bundle", "--minify"];
  const { stdout } = await run("npx", [
    ...args,
    "--format=esm",
    "--platform=browser",
    "--target=es2023",
  ], { cwd: root, encoding: "buffer", maxBuffer: 100e6 });
  return gzipSync(stdout, { level: 9 }).length / 1_000;
}

function report(name: string, value: number, limit: number): void {
  const detail = `the package openai has ${theirs.toFixed(1)} KB`;
  const figure: Figure = { name, value, limit, unit: "KB", detail };
  print(figure);
  if (value > limit) process.exitCode = 1;
}

const theirs = await kilobytesOf("openai");
for (const [entry, limit] of Object.entries(LIMITS)) {
  report(`size of ${entry}`, await kilobytesOf(entry), limit);
}
const added = await kilobytesOf("src/fetch/mod.ts") -
  await kilobytesOf("mod.ts");
report("size that src/fetch/mod.ts adds to mod.ts", added, ADDED_BY_FETCH);
