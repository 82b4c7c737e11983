/**
 * Lists the dev dependencies with their licences, and asks the registry for
 * known vulnerabilities. The package itself has no dependencies.
 *
 *     npx -y deno@2 task audit
 *
 * @module
 */

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

// deno-lint-ignore no-explicit-any
async function readJSON(...path: string[]): Promise<any> {
  return JSON.parse(await readFile(join(root, ...path), "utf8"));
}

async function listLicences(): Promise<void> {
  const { devDependencies } = await readJSON("package.json");
  for (const name of Object.keys(devDependencies)) {
    const path = ["node_modules", ...name.split("/"), "package.json"];
    const { version, license } = await readJSON(...path);
    process.stdout.write(`${name}@${version}: ${license}\n`);
  }
}

/** A mirror may not answer audits: then it is said, and nothing fails. */
async function audit(): Promise<void> {
  try {
    const { stdout } = await run("npx", ["-y", "bun@1", "audit"], {
      cwd: root,
    });
    process.stdout.write(stdout);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    const isUnanswered = /advisories\/bulk - (404|405)/.test(stderr);
    process.stdout.write(
      isUnanswered ? "This registry doesn't answer audits.\n" : stdout + stderr,
    );
    if (!isUnanswered) process.exitCode = 1;
  }
}

await listLicences();
await audit();
