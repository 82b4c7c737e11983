/**
 * The program: jobs and direct calls over real sockets that break, on Deno,
 * Bun and Node side by side. `deno task sockets` runs 500 schedules on each,
 * `--schedules 64` that many, `--runtimes deno,node` some of them, and
 * `--seed 17` a single one.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openSchedule, type Schedule, Tally } from "./host.ts";
import type { Outcome } from "./target.ts";

/** How each runtime runs a program. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  deno: [
    process.execPath,
    "run",
    "--quiet",
    "--no-check",
    "--allow-all",
  ],
  bun: ["npx", "-y", "bun@1"],
  node: ["npx", "-y", "node@24", "--no-warnings"],
};

/** Schedules that a runtime has under way at a time: most of the time is waiting. */
const WIDE = 12;

/** Real milliseconds that a schedule may take, and all of them together for each that a runtime runs. */
const LONGEST = 45_000;
const STARTUP = 30_000;

interface Options {
  schedules: number;
  first: number;
  runtimes: string[];
}

/** The schedules of one runtime, and what came of them. */
class Course {
  readonly problems: string[] = [];
  readonly tally: Tally = new Tally();
  ended = 0;
  results = 0;
  readonly #seeds: number[];
  readonly #open = new Map<number, Schedule>();
  readonly #name: string;

  constructor(name: string, seeds: number[]) {
    this.#name = name;
    this.#seeds = seeds;
  }

  /** For the client. */
  readonly serve = async (
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    if (request.url === "/next") return await this.#next(response);
    let text = "";
    for await (const chunk of request) text += chunk;
    const { seed, outcome }: { seed: number; outcome: Outcome } = JSON.parse(
      text,
    );
    this.#finish(seed, outcome);
    response.end();
  };

  /** What is still open will not end. */
  close(): void {
    for (const seed of [...this.#open.keys()]) this.#finish(seed, undefined);
    if (this.#seeds.length > 0) {
      this.problems.push(`${this.#seeds.length} schedules were never begun`);
    }
  }

  async #next(response: ServerResponse): Promise<void> {
    const seed = this.#seeds.shift();
    if (seed === undefined) return void response.writeHead(204).end();
    const schedule = await openSchedule(seed);
    this.#open.set(seed, schedule);
    setTimeout(() => this.#finish(seed, undefined), LONGEST).unref();
    const { port, workload } = schedule;
    response.end(JSON.stringify({ seed, port, workload }));
  }

  #finish(seed: number, outcome: Outcome | undefined): void {
    const schedule = this.#open.get(seed);
    if (!schedule) return;
    this.#open.delete(seed);
    this.ended++;
    this.results += outcome?.results.length ?? 0;
    this.tally.add(schedule.plan);
    const problems = schedule.finish(outcome);
    if (problems.length === 0) return;
    const again = `deno task sockets --runtimes ${this.#name} --seed ${seed}`;
    const first = problems.slice(0, 5).map((problem) => `\n  ${problem}`);
    this.problems.push(
      `seed ${seed} failed; replay: ${again}${first.join("")}`,
    );
  }
}

async function run(name: string, seeds: number[]): Promise<Course> {
  const course = new Course(name, seeds);
  const server = createServer((request, response) => {
    course.serve(request, response).catch((error) => {
      course.problems.push(String(error));
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const waves = Math.ceil(seeds.length / WIDE);
  const child = start(name, control);
  const timer = setTimeout(
    () => child.kill("SIGKILL"),
    STARTUP + waves * LONGEST,
  );
  const [code] = await once(child, "exit");
  clearTimeout(timer);
  if (code !== 0) course.problems.push(`${name} ended with code ${code}`);
  course.close();
  server.closeAllConnections();
  server.close();
  return course;
}

function start(name: string, control: string): ChildProcess {
  const [program, ...args] = RUNTIMES[name] as string[];
  const path = fileURLToPath(new URL("client.ts", import.meta.url));
  return spawn(program as string, [...args, path, control, `${WIDE}`], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}

async function main(args: string[]): Promise<number> {
  const { schedules, first, runtimes } = readOptions(args);
  const startedAt = performance.now();
  const seeds = () => Array.from({ length: schedules }, (_, i) => first + i);
  const courses = await Promise.all(
    runtimes.map(async (name) => [name, await run(name, seeds())] as const),
  );
  let broken = 0;
  for (const [name, { ended, results, problems, tally }] of courses) {
    console.log(`${name}: ${ended} schedules, ${results} results`);
    console.log(`  faults on fresh + used connections: ${tally.text}`);
    const isWhole = schedules < 64;
    const missing = isWhole ? [] : tally.missing;
    for (const kind of missing) problems.push(`${kind} never happened`);
    for (const problem of problems.slice(0, 20)) console.log(problem);
    broken += problems.length;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    broken === 0
      ? "0 lost, 0 paid twice, no call that no attempt shows"
      : `${broken} problems`,
  );
  console.log(`${seconds.toFixed(0)} s`);
  return broken === 0 ? 0 : 1;
}

function readOptions(args: string[]): Options {
  const options: Options = {
    schedules: 500,
    first: 1,
    runtimes: Object.keys(RUNTIMES),
  };
  for (let i = 0; i < args.length; i += 2) {
    const [name, value = ""] = args.slice(i);
    if (name === "--schedules") options.schedules = number(value);
    else if (name === "--first") options.first = number(value);
    else if (name === "--seed") {
      Object.assign(options, { first: number(value), schedules: 1 });
    } else if (name === "--runtimes") options.runtimes = value.split(",");
    else throw new TypeError(`Unknown option ${name}`);
  }
  return options;
}

function number(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`Not a positive number: ${text}`);
}

process.exit(await main(process.argv.slice(2)));
