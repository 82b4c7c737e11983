/**
 * A process that has loaded the tests of the copy and runs those it is told,
 * with one mutant switched on.
 *
 * @module
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { type Kept, kept, run } from "./_kept.ts";

/** Which tests to run with which mutant. */
export interface Order {
  mutant?: string | undefined;
  tests: { id: string; limit: number }[];
}

/** What came of a test. */
export interface Report {
  test: string;
  ms: number;
  error?: string;
  /** It did not end in time; the process is of no further use. */
  hangs?: boolean;
  /** It fails without the mutant too, here: something is left of an earlier one. */
  isSpoilt?: boolean;
  covered: string[];
}

/** What StrykerJS's switches look at. */
interface Switches {
  /** Whether it is kept which mutants each test reaches. */
  isCounting?: boolean;
  /** How often the mutant was reached, and how often it may be: loops end. */
  hitCount?: number;
  hitLimit?: number;
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  mutantCoverage?: {
    static: Record<string, number>;
    perTest: Record<string, Record<string, number>>;
  };
}

const global = globalThis as { __stryker__?: Switches };
const switches: Switches = global.__stryker__ ??= {
  isCounting: process.argv.includes("--count"),
  hitLimit: 1_000_000,
};

/** These test other rooms, start processes, or take longest. */
const LEFT_OUT =
  /^(cli|doctor|jsonl|project|report|simulation|testing|types)\/|^(fetch\/sdks|direct\/sample_range|direct\/window_crash|rest\/outage|job\/send\/named_limit)_test| for ever comes to an end/;

const tests = new Map<string, Kept>();
let strayed: unknown;
process.on("unhandledRejection", (error) => strayed ??= error);
process.on("uncaughtException", (error) => strayed ??= error);

/** The mutants that are reached while the source is loaded. */
async function loadSource(): Promise<string[]> {
  for (const name of await listFiles("src")) await loadFile("src", name);
  return Object.keys(switches.mutantCoverage?.static ?? {});
}

async function listFiles(folder: string): Promise<string[]> {
  const names = await readdir(join(process.cwd(), folder), { recursive: true });
  return names.filter((name) => name.endsWith(".ts")).sort();
}

async function loadFile(folder: string, name: string): Promise<void> {
  await import(pathToFileURL(join(process.cwd(), folder, name)).href);
}

async function loadTests(): Promise<void> {
  for (const name of await listFiles("tests")) {
    if (!name.endsWith("_test.ts") || LEFT_OUT.test(name)) continue;
    kept.length = 0;
    await loadFile("tests", name);
    for (const [i, test] of kept.entries()) {
      const id = `${name}#${i} ${test.name}`;
      if (!LEFT_OUT.test(id)) tests.set(id, test);
    }
  }
}

/** What a test ends with, undefined if well. */
async function fail(test: Kept, limit: number): Promise<string | undefined> {
  strayed = undefined;
  let timer: NodeJS.Timeout;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, limit, "hangs");
  });
  const ended = run(test).then(() => undefined, wordsOf);
  const error = await Promise.race([ended, late]);
  clearTimeout(timer!);
  if (error === undefined && strayed !== undefined) return wordsOf(strayed);
  return error;
}

function wordsOf(error: unknown): string {
  return String((error as Error)?.message ?? error).slice(0, 300);
}

async function obey({ mutant, tests: wanted }: Order): Promise<void> {
  const fixed = process.env.__STRYKER_ACTIVE_MUTANT__;
  for (const { id, limit } of wanted) {
    const test = tests.get(id)!;
    switches.activeMutant = mutant ?? fixed;
    switches.currentTestId = id;
    switches.hitCount = 0;
    const begun = performance.now();
    const error = await fail(test, limit);
    const report: Report = {
      test: id,
      ms: performance.now() - begun,
      covered: Object.keys(switches.mutantCoverage?.perTest[id] ?? {}),
    };
    delete switches.mutantCoverage?.perTest[id];
    if (error !== undefined) report.error = error;
    if (error === "hangs") report.hangs = true;
    else if (error !== undefined && mutant !== undefined) {
      switches.activeMutant = undefined;
      report.isSpoilt = await fail(test, limit) !== undefined;
    }
    process.send!(report);
    if (error !== undefined && (mutant ?? fixed) !== undefined) return;
  }
}

const atLoad = await loadSource();
await loadTests();
process.send!({ tests: [...tests.keys()], atLoad });
process.on("message", async (order: Order) => {
  await obey(order);
  process.send!({ isDone: true });
});
