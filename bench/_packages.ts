/**
 * This package and the official SDK as a user has them: installed by npm, ours
 * from the tarball that [tools/pack.ts](../tools/pack.ts) makes.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pack } from "../tools/pack.ts";

const run = promisify(execFile);

/**
 * Installs both into a folder of their own, which is removed afterwards.
 *
 * @param work Gets the folder: scripts in it can import both.
 */
export async function withPackages(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "openai-batch-"));
  try {
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const packages = [await pack(folder), "openai@7.57.0"];
    const flags = ["--no-audit", "--no-fund"];
    await run("npm", ["install", ...flags, ...packages], { cwd: folder });
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
