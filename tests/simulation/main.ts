/**
 * The program: `deno task sim --seeds 10000` runs seeds and prints what came
 * of them, `deno task sim --seed 17` replays one.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { Coverage } from "./coverage.ts";
import { missing, table } from "./required.ts";
import { type Report, report } from "./worker.ts";

interface Options {
  first: number;
  seeds: number;
  workers: number;
  requireCoverage: boolean;
  /** Whether the first failing seed ends it. */
  bail: boolean;
}

/** What all seeds came to. */
class Totals {
  readonly coverage = new Coverage();
  readonly failed: Report[] = [];
  #sums = { results: 0, lost: 0, paidTwice: 0, duplicates: 0, stuck: 0 };
  #seeds = 0;

  add(report: Report): void {
    this.#seeds++;
    this.#sums.results += report.results;
    this.#sums.lost += report.lost;
    this.#sums.paidTwice += report.paidTwice;
    this.#sums.duplicates += report.duplicates;
    this.#sums.stuck += report.stuck ? 1 : 0;
    this.coverage.add(report.coverage);
    if (report.problems.length > 0) this.failed.push(report);
  }

  print(): void {
    const { results, lost, paidTwice, duplicates, stuck } = this.#sums;
    console.log(table(this.coverage));
    console.log(`seeds                ${this.#seeds}`);
    console.log(`failed seeds         ${this.failed.length}`);
    console.log(`results              ${results}`);
    console.log(`lost                 ${lost}`);
    console.log(`paid twice           ${paidTwice}`);
    console.log(`stuck                ${stuck}`);
    console.log(
      `duplicates           ${duplicates} (two live processes, or lists that lag behind more than settleTime)`,
    );
  }
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  const totals = new Totals();
  const startedAt = performance.now();
  const seeds = Array.from(
    { length: options.seeds },
    (_, i) => options.first + i,
  );
  const take = () => {
    const isOver = options.bail && totals.failed.length > 0;
    return isOver ? undefined : seeds.shift();
  };
  const note = (report: Report) => {
    totals.add(report);
    if (report.problems.length > 0) printFailure(report);
  };
  if (options.seeds === 1) note(await report(options.first));
  else {
    await Promise.all(
      Array.from({ length: options.workers }, () => work(take, note)),
    );
  }
  totals.print();
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`time                 ${seconds.toFixed(0)} s`);
  const gaps = options.requireCoverage
    ? missing(totals.coverage, options.seeds)
    : [];
  for (const gap of gaps) console.log(`not covered: ${gap}`);
  return totals.failed.length > 0 || gaps.length > 0 ? 1 : 0;
}

/** One worker, kept busy. */
async function work(
  take: () => number | undefined,
  note: (report: Report) => void,
): Promise<void> {
  const url = new URL("./worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  for (let seed = take(); seed !== undefined; seed = take()) {
    note(await ask(worker, seed));
  }
  worker.terminate();
}

function ask(worker: Worker, seed: number): Promise<Report> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Seed ${seed}: ${event.message}`));
    };
    worker.postMessage(seed);
  });
}

function printFailure({ seed, problems }: Report): void {
  console.log(`seed ${seed} failed; replay: deno task sim --seed ${seed}`);
  for (const problem of problems.slice(0, 10)) console.log(`  ${problem}`);
  if (problems.length > 10) console.log(`  … ${problems.length - 10} more`);
}

function readOptions(args: string[]): Options {
  const options: Options = {
    first: 1,
    seeds: 2_000,
    workers: 2,
    requireCoverage: false,
    bail: false,
  };
  for (let i = 0; i < args.length; i++) {
    const name = args[i];
    if (name === "--require-coverage") options.requireCoverage = true;
    else if (name === "--bail") options.bail = true;
    else if (name === "--seed") {
      Object.assign(options, { first: number(args[++i]), seeds: 1 });
    } else if (name === "--first") options.first = number(args[++i]);
    else if (name === "--seeds") options.seeds = number(args[++i]);
    else if (name === "--workers") options.workers = number(args[++i]);
    else throw new TypeError(`Unknown option ${name}`);
  }
  return options;
}

function number(text: string | undefined): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`Not a positive number: ${text}`);
}

Deno.exit(await main(Deno.args));
