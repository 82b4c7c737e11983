/**
 * For real: a script killed with SIGKILL at random moments against the
 * simulator in another process, and started again until it ends.
 *
 *     deno task kill --kills 200
 */

// deno-lint-ignore-file no-console
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const REQUESTS = 23;
const LONGEST_LIFE = 900;
const MOST_STARTS = 40;

const at = process.argv.indexOf("--kills");
const wanted = at === -1 ? 200 : Number(process.argv[at + 1]);

interface Ledger {
  answered: [string, number][];
  batches: { id: string; status: string; metadata: Record<string, string> }[];
}

function start(file: string, ...args: string[]): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const run = "Deno" in globalThis ? ["run", "--allow-all", "--quiet"] : [];
  return spawn(process.execPath, [...run, path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout!) text += chunk;
  return text;
}

/** Runs one job to its end, killing its process at random moments. */
async function runJob(
  port: string,
  job: string,
): Promise<{ kills: number; results: [string, string | false][] }> {
  for (let kills = 0; kills < MOST_STARTS; kills++) {
    const child = start("target.ts", port, job, String(REQUESTS));
    const exit = once(child, "exit");
    const output = outputOf(child);
    // The first lives are short, so that every phase is met; the last one is not cut.
    const life = kills < 8 ? Math.random() * LONGEST_LIFE : 60_000;
    await Promise.race([exit, delay(life, undefined, { ref: false })]);
    child.kill("SIGKILL");
    const [code] = await exit;
    if (code === 0) return { kills, results: JSON.parse(await output) };
  }
  throw new Error(`The job ${job} did not end in ${MOST_STARTS} starts`);
}

const server = start("server.ts", "1");
const port = await new Promise<string>((resolve) =>
  server.stdout!.once("data", (text) => resolve(String(text).trim()))
);
let kills = 0;
let jobs = 0;
const problems: string[] = [];
while (kills < wanted) {
  const job = `job-${++jobs}`;
  const ended = await runJob(port, job);
  kills += ended.kills;
  if (ended.results.length !== REQUESTS) {
    problems.push(`${job}: ${ended.results.length} results`);
  }
  for (const [i, [id, output]] of ended.results.entries()) {
    if (id === `${job}_${i}` && output === `${job} ${i} =  done`) continue;
    problems.push(`${job}: result ${i} is ${id} with ${output}`);
  }
}
const response = await fetch(`http://127.0.0.1:${port}/ledger`);
const ledger: Ledger = await response.json();
server.kill("SIGKILL");
const paidTwice = ledger.answered.filter(([, times]) => times > 1);
for (const [id, times] of paidTwice) {
  problems.push(`${id} was answered ${times} times`);
}
console.log(
  `${jobs} jobs, ${kills} kills, ${
    jobs * REQUESTS
  } requests, ${ledger.batches.length} batches`,
);
console.log(
  `${problems.length} problems: nothing lost, nothing paid twice`.replace(
    /^(?!0 )(.*?):.*/,
    "$1:",
  ),
);
for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
process.exit(
  problems.length > 0 || ledger.answered.length !== jobs * REQUESTS ? 1 : 0,
);
