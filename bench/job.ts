/**
 * Whole jobs as a user runs them, packed as for npm, against the script that a
 * careful user writes with the official SDK: the CPU time of the process, user
 * and system, its peak memory and its time. Everything is measured in turn,
 * each run in a process of its own, with a fresh server in another one.
 *
 *     job.ts [--few | --many] [--rounds=5] [stream | run] [list | generator]
 *
 * `--few` measures 100,000 requests, `--many` compares 1,000,000 with them (a
 * generator, by `stream`); without either, both are measured.
 *
 * @module
 */

import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { median, print } from "./_figure.ts";
import { withPackages } from "./_packages.ts";
import { runScript, runtime, scriptBeside, startServer } from "./_process.ts";

const ROUNDS = roundsOr(5);
const MANY_ROUNDS = roundsOr(3);
const FEW = 100_000;
const MANY = 1_000_000;

/** What may be used at most, as a multiple of the script; `manyPeak`, of the peak of a tenth. */
const LIMITS = {
  Node: { stream: 1.1, run: 1.45, peak: 0.7, manyPeak: 2.4 },
  Deno: { stream: 1.2, run: 1.6, peak: 0.7, manyPeak: 2.4 },
  Bun: { stream: 1.6, run: 2.5, peak: 1.1, manyPeak: 2.1 },
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
  const runs = named(["list", "generator"]).map((form) => ({
    form,
    script: { work: "script", form, requests: FEW } as const,
    ours: named(["stream", "run"]).map((work) => ({
      work,
      form,
      requests: FEW,
    })),
  }));
  const all = runs.flatMap(({ script, ours }) => [script, ...ours]);
  const uses = await measureInTurn(all, ROUNDS, script);
  for (const { form, script: to, ours } of runs) {
    for (const of of ours) {
      const { work } = of;
      const name = `CPU of ${work}, ${form}`;
      report(uses, { name, field: "cpu", of, to, limit: LIMITS[work] });
      if (work === "run") continue;
      const peak = `peak of stream, ${form}`;
      report(uses, { name: peak, field: "peak", of, to, limit: LIMITS.peak });
    }
  }
}

/** Those that the command names; all if it names none. */
function named<T extends string>(all: readonly T[]): readonly T[] {
  const some = all.filter((name) => process.argv.includes(name));
  return some.length > 0 ? some : all;
}

function roundsOr(usual: number): number {
  const flag = "--rounds=";
  const given = process.argv.find((argument) => argument.startsWith(flag));
  return given ? Number(given.slice(flag.length)) : usual;
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
    limit: LIMITS.manyPeak,
  });
}

await withPackages(async (folder) => {
  const script = join(folder, "whole_job.mjs");
  await copyFile(scriptBeside("_whole_job.mjs"), script);
  if (!process.argv.includes("--many")) await measureFew(script);
  if (!process.argv.includes("--few")) await measureMany(script);
});
