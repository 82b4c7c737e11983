/**
 * Whole jobs as a user runs them, packed as for npm, against the script that a
 * careful user writes with the official SDK: the CPU time of the process, user
 * and system, its peak memory and its time. Everything is measured in turn,
 * each run in a process of its own, with a fresh server in another one.
 *
 * @module
 */

import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { median, print } from "./_figure.ts";
import { withPackages } from "./_packages.ts";
import { runScript, runtime, scriptBeside, startServer } from "./_process.ts";

const ROUNDS = 5;
const MANY_ROUNDS = 3;
const FEW = 100_000;
const MANY = 1_000_000;

/** What may be used at most, as a multiple of the script. */
const LIMITS = {
  Node: { stream: 1.1, run: 1.45, peak: 0.7 },
  Deno: { stream: 1.2, run: 1.6, peak: 0.7 },
  Bun: { stream: 1.6, run: 2.5, peak: 1.1 },
}[runtime];

type Work = "script" | "stream" | "run";
type Form = "list" | "generator";
type Use = Record<"cpu" | "wall" | "peak", number>;

interface Run {
  work: Work;
  form: Form;
  requests: number;
}

/** The use of each run, round by round, by what was run. */
type Uses = Map<Run, Use[]>;

async function measureInTurn(
  runs: readonly Run[],
  rounds: number,
  script: string,
): Promise<Uses> {
  const uses: Uses = new Map(runs.map((run) => [run, []]));
  for (let round = 0; round < rounds; round++) {
    const first = round % runs.length;
    for (const run of [...runs.slice(first), ...runs.slice(0, first)]) {
      uses.get(run)!.push(await measure(run, script));
    }
  }
  return uses;
}

async function measure(
  { work, form, requests }: Run,
  script: string,
): Promise<Use> {
  const server = await startServer();
  const args = [server.baseURL, work, form, String(requests)];
  const use = await runScript<Use>(script, args);
  server.stop();
  return use;
}

/** The middle one of the ratios of all rounds. */
function report(
  uses: Uses,
  figure: {
    name: string;
    field: keyof Use;
    of: Run;
    to: Run;
    limit: number;
  },
): void {
  const { name, field, of, to, limit } = figure;
  const ours = uses.get(of)!;
  const theirs = uses.get(to)!;
  print({
    name,
    value: median(ours.map((use, i) => use[field] / theirs[i]![field])),
    limit,
    unit: "×",
    detail: `${describe(of, ours)}; ${describe(to, theirs)}`,
  });
}

function describe({ work, requests }: Run, uses: readonly Use[]): string {
  const middle = (field: keyof Use) => median(uses.map((use) => use[field]));
  return `${work} of ${requests.toLocaleString("en")}: ` +
    `CPU ${middle("cpu").toFixed(2)} s, peak ${middle("peak")} MB, ` +
    `time ${middle("wall").toFixed(2)} s`;
}

async function measureFew(script: string): Promise<void> {
  const runs = (["list", "generator"] as const).map((form) => ({
    form,
    script: { work: "script", form, requests: FEW } as const,
    stream: { work: "stream", form, requests: FEW } as const,
    run: { work: "run", form, requests: FEW } as const,
  }));
  const all = runs.flatMap(({ script, stream, run }) => [script, stream, run]);
  const uses = await measureInTurn(all, ROUNDS, script);
  for (const { form, script: to, stream, run } of runs) {
    for (const ours of [stream, run]) {
      const name = `CPU of ${ours.work}, ${form}`;
      const limit = LIMITS[ours.work];
      report(uses, { name, field: "cpu", of: ours, to, limit });
    }
    const name = `peak of stream, ${form}`;
    const limit = LIMITS.peak;
    report(uses, { name, field: "peak", of: stream, to, limit });
  }
}

async function measureMany(script: string): Promise<void> {
  const few: Run = { work: "stream", form: "generator", requests: FEW };
  const many: Run = { ...few, requests: MANY };
  const theirs: Run = { ...many, work: "script" };
  const uses = await measureInTurn([few, many, theirs], MANY_ROUNDS, script);
  const name = "CPU of stream of 1,000,000";
  const { stream: limit } = LIMITS;
  report(uses, { name, field: "cpu", of: many, to: theirs, limit });
  report(uses, {
    name: `${name} by 100,000`,
    field: "cpu",
    of: many,
    to: few,
    limit: 11,
  });
  report(uses, {
    name: "peak of stream of 1,000,000 by 100,000",
    field: "peak",
    of: many,
    to: few,
    limit: 1.6,
  });
}

await withPackages(async (folder) => {
  const script = join(folder, "whole_job.mjs");
  await copyFile(scriptBeside("_whole_job.mjs"), script);
  if (!process.argv.includes("--many")) await measureFew(script);
  if (!process.argv.includes("--few")) await measureMany(script);
});
