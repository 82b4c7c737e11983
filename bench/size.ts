/**
 * What a page or a worker loads: `mod.ts` bundled, minified and gzipped, with
 * the official SDK beside it. The same on every runtime.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { print } from "./_figure.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

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

const ours = await kilobytesOf("mod.ts");
const theirs = await kilobytesOf("openai");
print({
  name: "size",
  value: ours,
  limit: 12,
  unit: "KB",
  detail: `the package openai has ${theirs.toFixed(1)} KB`,
});
