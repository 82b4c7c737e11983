/**
 * For real: programs of real SDKs, killed with SIGKILL before and after each
 * kind of HTTP call and in between, and started again until they end.
 *
 *     deno task kill:fetch --kills 200
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
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { forward } from "../_support/loopback.ts";
import { model } from "../_support/model.ts";
import { PROGRAMS } from "../_support/programs.ts";
import { fastClock } from "./clock.ts";

/** A program that is killed this often goes on to its end. */
const MOST_KILLS = 12;
/** No program takes that long, ms. */
const LONGEST_LIFE = 60_000;

const at = process.argv.indexOf("--kills");
const wanted = at === -1 ? 200 : Number(process.argv[at + 1]);

/** When a process dies: at its nth call, before or after it took effect. */
interface Death {
  child: ChildProcess;
  call: number;
  isBefore: boolean;
}

const stages = new Map<string, number>();
const problems: string[] = [];
let death: Death | undefined;
let kills = 0;

const sim = createSimulator({ clock: fastClock, respond: model });
const server = createServer((request, response) => {
  // A client that is killed leaves half a request behind: it has no effect.
  answer(request, response).catch(() => response.destroy());
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const dying = death;
  const isLast = dying !== undefined && --dying.call === 0;
  if (!isLast) return await forward(request, response, sim.fetch);
  const stage = `${dying.isBefore ? "before" : "after"} ${nameOf(request)}`;
  stages.set(stage, (stages.get(stage) ?? 0) + 1);
  if (dying.isBefore) return kill(dying);
  const nowhere = { writeHead: () => {}, end: () => {} };
  await forward(request, nowhere as unknown as ServerResponse, sim.fetch);
  kill(dying);
}

function nameOf({ method, url = "" }: IncomingMessage): string {
  const path = url.replace(/\?.*/, "").replace(/\/(file|batch)[-_]\w+/, "/:id");
  return `${method} ${path}`;
}

function kill({ child }: Death): void {
  child.kill("SIGKILL");
  kills++;
}

function start(job: string, program: string): ChildProcess {
  const path = fileURLToPath(new URL("fetch_target.ts", import.meta.url));
  const flags = "Deno" in globalThis ? ["run", "--allow-all", "--quiet"] : [];
  return spawn(process.execPath, [...flags, path, `${port}`, job, program], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
  });
}

/** Runs a program to its end. It dies a call or a few later each time. */
async function runToEnd(job: string, program: string): Promise<unknown> {
  for (let deaths = 0;; deaths++) {
    const child = start(job, program);
    const call = 1 + Math.floor(Math.random() * (3 + 2 * deaths));
    const isBefore = Math.random() < 0.5;
    death = deaths < MOST_KILLS && kills < wanted
      ? { child, call, isBefore }
      : undefined;
    const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_LIFE);
    const output = text(child.stdout!);
    const errors = text(child.stderr!);
    const [code] = await once(child, "exit");
    clearTimeout(timer);
    if (code === 0) return JSON.parse(await output);
    if (code !== null || !death || death.call > 0) {
      throw new Error(`${job} ended with ${code}: ${await errors}`);
    }
  }
}

/** What the simulator's ledger says of the requests of a job. */
function check(job: string, before: Before, planned: number): void {
  const batches = sim.ledger.batches.slice(before.batches);
  if (batches.length !== planned) {
    problems.push(`${job}: ${batches.length} batches, planned ${planned}`);
  }
  const requests = sim.ledger.requests.slice(before.requests);
  for (const id of new Set(requests.map(({ custom_id }) => custom_id))) {
    const times = requests.filter(({ custom_id }) => custom_id === id).length;
    if (times !== 1) problems.push(`${job}: ${id} was asked ${times} times`);
  }
}

/** Two processes at once: both are right, and count what both have sent. */
async function runTwice(job: string, program: string): Promise<number> {
  const before = sim.ledger.requests.length;
  const outputs = await Promise.all([1, 2].map(async () => {
    const child = start(job, program);
    return JSON.parse(await text(child.stdout!));
  }));
  for (const { got } of outputs) {
    if (isDeepStrictEqual(got, expected.get(program))) continue;
    problems.push(`${job}: ${program}, one of two, got ${JSON.stringify(got)}`);
  }
  const ids = sim.ledger.requests.slice(before).map((asked) => asked.custom_id);
  const extra = ids.length - new Set(ids).size;
  const counted = Math.max(...outputs.map(({ duplicates }) => duplicates));
  // What was sent twice may have been noticed before it was answered twice.
  if (counted < extra) {
    problems.push(`${job}: ${extra} were asked twice, and ${counted} counted`);
  }
  return extra;
}

interface Before {
  batches: number;
  requests: number;
}

/** What the programs get without batches. */
async function getDirectly(): Promise<Map<string, unknown>> {
  const { options, fetch } = createSimulator({ respond: model });
  const { apiKey, baseURL } = options;
  const expected = new Map<string, unknown>();
  for (const [name, { run }] of Object.entries(PROGRAMS)) {
    const direct = fetch as typeof globalThis.fetch;
    const got = await run({ apiKey, baseURL, fetch: direct });
    expected.set(name, JSON.parse(JSON.stringify(got)));
  }
  return expected;
}

const expected = await getDirectly();
const names = Object.keys(PROGRAMS);
let jobs = 0;
while (kills < wanted) {
  const name = names[jobs % names.length]!;
  const job = `night-${++jobs}`;
  const { batches, requests } = sim.ledger;
  const before = { batches: batches.length, requests: requests.length };
  const { got } = await runToEnd(job, name) as { got: unknown };
  if (!isDeepStrictEqual(got, expected.get(name))) {
    problems.push(`${job}: ${name} got ${JSON.stringify(got)}`);
  }
  check(job, before, PROGRAMS[name]!.batches);
}
let extra = 0;
for (const name of names) extra += await runTwice(`night-${++jobs}`, name);
server.closeAllConnections();
server.close();
for (const [stage, times] of [...stages].sort()) {
  console.log(`${String(times).padStart(4)} kills ${stage}`);
}
console.log(
  `${jobs} programs, ${kills} kills, ${sim.ledger.requests.length} requests, ` +
    `${sim.ledger.batches.length} batches, ` +
    `${extra} asked twice by two processes at once, ${problems.length} problems`,
);
for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
process.exit(problems.length > 0 ? 1 : 0);
