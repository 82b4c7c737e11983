/**
 * Each way to install the tarball that the README claims: into an empty
 * project, with types. Deno starts the commands for all.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { after } from "node:test";
import { assert, test } from "../_support/prelude.ts";
import deno from "../../deno.json" with { type: "json" };
import { pack } from "../../tools/pack.ts";
import { makeFolder, npx, PROGRAM } from "../_support/package.ts";

const options = { skip: !("Deno" in globalThis), timeout: 120_000 };
const run = promisify(execFile);

const TSC = ["-p", "typescript@6.0.3", "tsc", "program.ts", "--noEmit"];
const STRICT = ["--strict", "--target", "es2023", "--lib", "es2023,dom"];
const NODENEXT = [...TSC, ...STRICT, "--module", "nodenext"];
const DENO = ["deno@2", "run", "--allow-env", "--allow-read", "program.ts"];
const DENO_CHECK = ["deno@2", "check", "program.ts"];

interface Way {
  /** Puts the package into a project. */
  install: (folder: string, tarball: string) => Promise<unknown>;
  /** Commands that run the program. */
  runs: string[][];
  /** Checks its types, where they are found. */
  check?: string[];
}

const WAYS: Record<string, Way> = {
  "npm install": {
    install: (cwd, tarball) =>
      run("npm", ["install", "--no-audit", "--no-fund", tarball], { cwd }),
    runs: [["node@20", "program.js"], ["node@24", "program.ts"]],
    check: NODENEXT,
  },
  "pnpm add": {
    install: (cwd, tarball) => npx(cwd, "pnpm@10", "add", tarball),
    runs: [["node@24", "program.ts"]],
    check: NODENEXT,
  },
  "bun add": {
    install: (cwd, tarball) => npx(cwd, "bun@1", "add", tarball),
    runs: [["bun@1", "program.ts"]],
    check: NODENEXT,
  },
  "npm install, for Deno": {
    install: (cwd, tarball) =>
      run("npm", ["install", "--no-audit", "--no-fund", tarball], { cwd }),
    runs: [DENO],
    check: DENO_CHECK,
  },
  "an import map to the unpacked tarball, for Deno": {
    install: unpack,
    runs: [DENO.with(-1, "program.js")],
  },
};

async function unpack(folder: string, tarball: string): Promise<void> {
  await mkdir(join(folder, "vendor"));
  await run("tar", ["-xzf", tarball, "-C", join(folder, "vendor")]);
  const imports = Object.fromEntries(
    Object.keys(deno.exports).map((subPath) => [
      deno.name + subPath.slice(1),
      `./vendor/package/${subPath.slice(2) || "mod"}.js`,
    ]),
  );
  await rm(join(folder, "package.json"));
  await writeFile(join(folder, "deno.json"), JSON.stringify({ imports }));
}

let packed: Promise<string> | undefined;
const folders: string[] = [];

async function emptyProject(): Promise<string> {
  const folder = await makeFolder({
    "package.json": '{ "name": "empty", "private": true, "type": "module" }',
    "program.js": PROGRAM,
    "program.ts": PROGRAM,
  });
  folders.push(folder);
  return folder;
}

after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

for (const [name, { install, runs, check }] of Object.entries(WAYS)) {
  test(
    `${name} gives a package that runs${check ? ", with its types" : ""}`,
    options,
    async () => {
      packed ??= emptyProject().then(pack);
      const folder = await emptyProject();
      await install(folder, await packed);
      for (const command of runs) {
        const { stdout } = await npx(folder, ...command);
        assert.equal(stdout, "A,B\n");
      }
      if (check) await npx(folder, ...check);
    },
  );
}
