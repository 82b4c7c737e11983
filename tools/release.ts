/**
 * Checks that this checkout can be released, and says what is left to do.
 * Publishes nothing: a tag does (.github/workflows/release.yml).
 *
 *     npx -y deno@2 task release --dry-run
 *     npx -y deno@2 task release --tag v0.1.0
 *
 * `--dry-run` runs every check and ends well if only the version, the
 * changelog or the tag are not ready yet. Without it, those are errors too.
 *
 * @module
 */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { pack } from "./pack.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: { "dry-run": { type: "boolean" }, tag: { type: "string" } },
});
const { version } = JSON.parse(await readFile(join(root, "deno.json"), "utf8"));

/** What has to be done before the tag, in words. */
async function findLeftovers(): Promise<string[]> {
  const changelog = await readFile(join(root, "CHANGELOG.md"), "utf8");
  const heading = changelog.split("\n").find((line) => line.startsWith("## "));
  const leftovers: string[] = [];
  if (!heading?.startsWith(`## ${version}`)) {
    leftovers.push(
      `CHANGELOG.md begins with "${heading}", not "## ${version}"`,
    );
  } else if (heading.includes("unreleased")) {
    leftovers.push(`CHANGELOG.md calls ${version} unreleased: give it a date`);
  }
  if (values.tag !== undefined && values.tag !== `v${version}`) {
    leftovers.push(`the tag is ${values.tag}, and deno.json says ${version}`);
  }
  const git = promisify(execFile)("git", ["status", "--short"], { cwd: root });
  if ((await git).stdout) {
    leftovers.push("the checkout has uncommitted changes");
  }
  return leftovers;
}

async function passes(command: string, ...args: string[]): Promise<boolean> {
  process.stdout.write(`\n--- ${command} ${args.join(" ")}\n`);
  const child = spawn(command, args, { cwd: root, stdio: "inherit" });
  const [code] = await once(child, "exit");
  return code === 0;
}

async function npmAccepts(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "release-"));
  try {
    const tarball = await pack(folder);
    return await passes("npm", "publish", "--dry-run", tarball);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function task(name: string): Promise<boolean> {
  return passes("npx", "-y", "deno@2", "task", name);
}

const failed: string[] = [];
for (const name of ["ok", "rubric", "size"]) {
  if (!await task(name)) failed.push(`task ${name}`);
}
// Part of `ok` is the dry run of JSR's publish.
if (!await npmAccepts()) failed.push("npm publish --dry-run");

const leftovers = await findLeftovers();
process.stdout.write(`\n${version}\n`);
for (const check of failed) process.stdout.write(`✗ ${check} failed\n`);
for (const leftover of leftovers) process.stdout.write(`– ${leftover}\n`);
if (failed.length === 0 && leftovers.length === 0) {
  process.stdout.write(
    `✓ ready: git tag v${version} && git push origin v${version}\n`,
  );
}
const isDryRun = values["dry-run"] ?? false;
if (failed.length > 0 || (leftovers.length > 0 && !isDryRun)) {
  process.exitCode = 1;
}
