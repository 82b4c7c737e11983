/**
 * For real: jobs in a background window, killed with SIGKILL before and after
 * each kind of HTTP call, and started again until they end. What may be paid
 * twice is what no ledger file names yet, and is counted.
 *
 *     deno task kill:lanes --kills 200
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
import { createSimulator } from "@offpeak/openai-batch/testing";
import { forward } from "../_support/loopback.ts";
import { fastClock } from "./clock.ts";

const REQUESTS = 90;
/** A job that is killed this often goes on to its end. */
const MOST_KILLS = 12;
/** No process takes that long, ms. */
const LONGEST_LIFE = 90_000;
/** Calls that a process makes at most before it dies: more than it takes to create all. */
const MOST_CALLS = 220;

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

const sim = createSimulator({
  clock: fastClock,
  respond: ({ text }) => `${text} done`,
});
const { apiKey, baseURL } = sim.options;
const headers = { authorization: `Bearer ${apiKey}` };

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
  const path = url.replace(/\?.*/, "").replace(/\/(file|resp)[-_]\w+/, "/:id");
  return `${method} ${path}`;
}

function kill({ child }: Death): void {
  child.kill("SIGKILL");
  kills++;
}

function start(job: string): ChildProcess {
  const path = fileURLToPath(new URL("lanes_target.ts", import.meta.url));
  const flags = "Deno" in globalThis ? ["run", "--allow-all", "--quiet"] : [];
  const args = [...flags, path, `${port}`, job, `${REQUESTS}`];
  return spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
  });
}

/** Runs a job to its end, killing its processes at chosen calls. */
async function runToEnd(job: string): Promise<[string, string | false][]> {
  for (let deaths = 0;; deaths++) {
    const child = start(job);
    const call = 1 + Math.floor(Math.random() * MOST_CALLS);
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

/** Every response that stands in a ledger file of a job. */
async function writtenOf(job: string): Promise<Set<string>> {
  const written = new Set<string>();
  for (const { id, filename } of sim.ledger.files) {
    if (!filename.startsWith(`${job}.v1.responses.n`)) continue;
    const url = `${baseURL}/files/${id}/content`;
    const content = await sim.fetch(url, { headers });
    for (const line of (await content.text()).trim().split("\n")) {
      written.add(JSON.parse(line).response);
    }
  }
  return written;
}

/** What the simulator's ledger says of a job: how many requests were paid twice. */
async function check(
  job: string,
  results: [string, string | false][],
): Promise<number> {
  if (results.length !== REQUESTS) {
    problems.push(`${job}: ${results.length} results`);
  }
  for (const [i, [id, output]] of results.entries()) {
    if (id === `${i}` && output === `${job} ${i} done`) continue;
    problems.push(`${job}: result ${i} is ${id} with ${output}`);
  }
  const written = await writtenOf(job);
  const responses = sim.ledger.responses.filter(({ body }) =>
    askedIn(body).startsWith(`${job} `)
  );
  const known = responses.filter(({ id }) => written.has(id))
    .map(({ body }) => askedIn(body));
  for (const text of known) {
    const times = known.filter((other) => other === text).length;
    if (times > 1) problems.push(`${job}: ${text} was created again`);
  }
  if (known.length < REQUESTS) {
    problems.push(`${job}: ${known.length} responses are written down`);
  }
  return responses.length - known.length;
}

function askedIn({ input }: { input: { content: string }[] | string }): string {
  return typeof input === "string" ? input : input[0]!.content;
}

let jobs = 0;
let twice = 0;
while (kills < wanted) {
  const job = `night-${++jobs}`;
  twice += await check(job, await runToEnd(job));
}
server.closeAllConnections();
server.close();
for (const [stage, times] of [...stages].sort()) {
  console.log(`${String(times).padStart(4)} kills ${stage}`);
}
console.log(
  `${jobs} jobs, ${kills} kills, ${jobs * REQUESTS} requests, ` +
    `${sim.ledger.responses.length} responses`,
);
console.log(
  `${twice} paid twice, none of which a ledger file named (${
    (twice / Math.max(1, kills)).toFixed(1)
  } per kill), ${problems.length} problems`,
);
for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
process.exit(problems.length > 0 ? 1 : 0);
