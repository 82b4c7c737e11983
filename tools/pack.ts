/**
 * Packs the tarball for npm from the same source that JSR gets: one bundled
 * file for each entry point and what they share, so that Node and Bun need not
 * find a hundred files, and the declarations as Deno makes them.
 *
 *     npx -y deno@2 run -A tools/pack.ts [folder]
 *
 * @module
 */

import { execFile } from "node:child_process";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

/** Commands by the sub-path that they run. */
const COMMANDS: Record<string, string> = { "openai-batch": "./cli" };

/**
 * Packs the package.
 *
 * @param folder Where the tarball goes.
 * @returns The tarball's path.
 */
export async function pack(folder: string): Promise<string> {
  const temporary = await mkdtemp(join(tmpdir(), "openai-batch-"));
  try {
    const exports = await readExports();
    const output = join(temporary, "output");
    await declare(temporary, output);
    await bundle(exports, output);
    await writeFile(
      join(output, "package.json"),
      JSON.stringify(await manifestOf(exports), null, 2) + "\n",
    );
    await mkdir(folder, { recursive: true });
    const args = ["pack", "--json", "--pack-destination", resolve(folder)];
    const { stdout } = await run("npm", args, { cwd: output });
    return join(resolve(folder), JSON.parse(stdout)[0].filename);
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** What Deno packs, without its code: declarations, README, licence. */
async function declare(temporary: string, output: string): Promise<void> {
  const packed = join(temporary, "packed.tgz");
  const flags = ["--quiet", "--no-source-maps", "--allow-dirty"];
  await run("npx", ["-y", "deno@2", "pack", ...flags, "-o", packed], {
    cwd: root,
  });
  await run("tar", ["-xzf", packed, "-C", temporary]);
  await cp(join(temporary, "package"), output, { recursive: true });
  for (const path of await readdir(output, { recursive: true })) {
    if (path.endsWith(".js")) await rm(join(output, path));
  }
}

/** In one go, so that all entry points share their classes. */
async function bundle(
  exports: Record<string, string>,
  output: string,
): Promise<void> {
  const entries = Object.entries(exports).map(([subPath, source]) =>
    `${nameOf(subPath)}=${source}`
  );
  await run("npx", [
    "-y",
    "esbuild@0.28.2",
    ...entries,
    "--bundle",
    "--splitting",
    "--format=esm",
    "--platform=neutral",
    "--target=es2023",
    "--external:node:*",
    "--chunk-names=shared-[hash]",
    `--outdir=${output}`,
    "--log-level=warning",
  ], { cwd: root });
}

async function manifestOf(exports: Record<string, string>): Promise<unknown> {
  const { name, version, license } = await readJSON("deno.json");
  const { description, keywords, homepage, bugs, repository, engines } =
    await readJSON("package.json");
  const entries = Object.entries(exports).map(([subPath, source]) => [
    subPath,
    {
      types: source.replace(/\.ts$/, ".d.ts"),
      default: `./${nameOf(subPath)}.js`,
    },
  ]);
  const commands = Object.entries(COMMANDS)
    .map(([command, subPath]) => [command, `./${nameOf(subPath)}.js`]);
  return {
    name,
    version,
    description,
    keywords,
    homepage,
    bugs,
    repository,
    license,
    type: "module",
    sideEffects: false,
    engines,
    exports: Object.fromEntries(entries),
    bin: Object.fromEntries(commands),
  };
}

async function readExports(): Promise<Record<string, string>> {
  return (await readJSON("deno.json")).exports;
}

// deno-lint-ignore no-explicit-any
async function readJSON(name: string): Promise<any> {
  return JSON.parse(await readFile(join(root, name), "utf8"));
}

/** The sub-path "." is the file "mod", "./testing" is "testing". */
function nameOf(subPath: string): string {
  return subPath.slice(2) || "mod";
}

if (import.meta.main) {
  process.stdout.write(`${await pack(process.argv[2] ?? ".")}\n`);
}
