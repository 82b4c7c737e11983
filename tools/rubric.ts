/**
 * Checks what JSR scores a package by, as far as that can be told without JSR,
 * item by item. Ends with 1 if one is missing.
 *
 *     npx -y deno@2 task rubric
 *
 * @module
 */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

/** JSR shows no more characters of a description. */
const LONGEST_DESCRIPTION = 250;

interface DocFile {
  module_doc?: { doc?: string; tags?: { kind: string }[] };
}

const { exports } = await readJSON("deno.json");
const entryPoints: string[] = Object.values(exports);

/** Each item with what is wrong with it, empty if nothing is. */
const ITEMS: Record<string, () => Promise<string[]>> = {
  "a README with an example": async () => {
    const text = await readFile(join(root, "README.md"), "utf8");
    return text.includes("```ts") ? [] : ["README.md has no example"];
  },
  "a module doc with an example in each entry point": async () => {
    const files = await docOf(entryPoints);
    return Object.entries(files).flatMap(([path, { module_doc }]) => {
      const { doc = "", tags = [] } = module_doc ?? {};
      if (!doc) return [`${path} has no module doc`];
      const hasExample = doc.includes("```") || doc.includes("\n    ") ||
        tags.some(({ kind }) => kind === "example");
      return hasExample ? [] : [`${path} has no example in its module doc`];
    });
  },
  "every public symbol documented": () => deno("doc", "--lint"),
  "no slow types": () => deno("publish", "--dry-run", "--allow-dirty"),
  "documentation pages without a warning": async () => {
    const folder = await mkdtemp(join(tmpdir(), "rubric-"));
    try {
      return await deno("doc", "--html", `--output=${folder}`, "--name=docs");
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  "a description that JSR shows whole": async () => {
    const { description = "" } = await readJSON("package.json");
    const { length } = description;
    return length > 0 && length <= LONGEST_DESCRIPTION
      ? []
      : [`it has ${length} characters, and at most ${LONGEST_DESCRIPTION} fit`];
  },
  "published with provenance": async () => {
    const path = ".github/workflows/release.yml";
    const text = await readFile(join(root, path), "utf8");
    return text.includes("id-token: write")
      ? []
      : [`${path} asks for no token`];
  },
};

/** @returns What Deno complains of: its lines with "error" or "warning". */
async function deno(...command: string[]): Promise<string[]> {
  const files = command[0] === "doc" ? entryPoints : [];
  const args = ["-y", "deno@2", ...command, ...files];
  const env = { ...process.env, NO_COLOR: "1" };
  const options = { cwd: root, env, maxBuffer: 64e6 };
  try {
    const { stderr } = await run("npx", args, options);
    return stderr.split("\n").filter((line) => /^(error|warning)/i.test(line));
  } catch (error) {
    return (error as { stderr: string }).stderr.trim().split("\n");
  }
}

async function docOf(files: string[]): Promise<Record<string, DocFile>> {
  const args = ["-y", "deno@2", "doc", "--json", ...files];
  const { stdout } = await run("npx", args, { cwd: root, maxBuffer: 256e6 });
  const { nodes } = JSON.parse(stdout);
  return Object.fromEntries(
    Object.entries<DocFile>(nodes).map(([url, file]) => [
      fileURLToPath(url).slice(root.length),
      file,
    ]),
  );
}

// deno-lint-ignore no-explicit-any
async function readJSON(name: string): Promise<any> {
  return JSON.parse(await readFile(join(root, name), "utf8"));
}

for (const [item, check] of Object.entries(ITEMS)) {
  const problems = await check();
  process.stdout.write(`${problems.length ? "✗" : "✓"} ${item}\n`);
  for (const problem of problems) process.stdout.write(`    ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
process.stdout.write(
  "– by hand, on the package's page: its description, the runtimes it works on\n",
);
