/**
 * The checker, checked: breaks the engine in one place after the other, in a
 * copy, and sees whether the simulation notices. `deno task mutants`, or
 * `deno task mutants 9` for a single one. What they are: `mutant_list.ts`.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { type Mutant, MUTANTS } from "./mutant_list.ts";

/** Seeds within which a mutant must be caught. */
const SEEDS = 2_000;

const SIMULATION = [
  "tests/simulation/main.ts",
  "--bail",
  "--seeds",
  `${SEEDS}`,
] as const;

/** Only Deno's own fetch sends a text again. */
const SOCKETS = [
  "tests/sockets/main.ts",
  "--runtimes",
  "deno",
  "--schedules",
  "24",
] as const;

/** Runs one mutant; the seed that caught it, if any. */
async function hunt(
  { seenBy, file, from, to }: Mutant,
): Promise<number | undefined> {
  const folder = await Deno.makeTempDir({ prefix: "mutant-" });
  try {
    await copyProject(folder);
    const path = `${folder}/${file}`;
    const text = await Deno.readTextFile(path);
    if (text.split(from).length !== 2) {
      throw new Error(`It must stand once in ${file}: ${from}`);
    }
    await Deno.writeTextFile(path, text.replace(from, () => to));
    return await firstFailure(folder, seenBy ? SOCKETS : SIMULATION);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function copyProject(folder: string): Promise<void> {
  const root = new URL("../../", import.meta.url);
  for (
    const name of [
      "deno.json",
      "mod.ts",
      "src",
      "tests/kill/clock.ts",
      "tests/simulation",
      "tests/sockets",
    ]
  ) {
    await copy(new URL(name, root).pathname, `${folder}/${name}`);
  }
}

async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) {
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    await copy(`${from}/${name}`, `${to}/${name}`);
  }
}

async function firstFailure(
  folder: string,
  [program, ...args]: readonly [string, ...string[]],
): Promise<number | undefined> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-all", `${folder}/${program}`, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const seed = /^seed (\d+) failed.*\n(.*)/m.exec(
    new TextDecoder().decode(stdout),
  );
  if (seed) console.log(`    seed ${seed[1]}:${seed[2]}`);
  if (seed) return Number(seed[1]);
  if (code === 0) return undefined;
  throw new Error(new TextDecoder().decode(stderr));
}

async function main(only: string | undefined): Promise<number> {
  let caught = 0;
  const chosen = MUTANTS.filter((_, i) =>
    only === undefined || `${i + 1}` === only
  );
  for (const mutant of chosen) {
    console.log(`${MUTANTS.indexOf(mutant) + 1}. ${mutant.name}`);
    const seed = await hunt(mutant);
    console.log(seed === undefined ? "    NOT CAUGHT" : "    caught");
    if (seed !== undefined) caught++;
  }
  console.log(`${caught} of ${chosen.length} mutants caught`);
  return caught === chosen.length ? 0 : 1;
}

Deno.exit(await main(Deno.args[0]));
