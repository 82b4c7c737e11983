/**
 * Time of `await import()` of this package and of the official SDK, both
 * installed from npm tarballs, each time in a fresh process.
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { median, print } from "./_figure.ts";
import { withPackages } from "./_packages.ts";
import { runScript } from "./_process.ts";

const PROCESSES = 30;

/** Fresh processes in turn; the first of each fills caches and does not count. */
async function measure(folder: string): Promise<void> {
  const scripts = {
    ours: await writeImport(folder, "@offpeak/openai-batch"),
    theirs: await writeImport(folder, "openai"),
    bare: await writeScript(folder, "bare", "console.log(0)"),
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

function writeImport(folder: string, name: string): Promise<string> {
  return writeScript(
    folder,
    name.replaceAll("/", "_"),
    `const start = performance.now();
     await import(${JSON.stringify(name)});
     console.log(performance.now() - start);`,
  );
}

async function writeScript(
  folder: string,
  name: string,
  code: string,
): Promise<string> {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, code);
  return path;
}

await withPackages(measure);
