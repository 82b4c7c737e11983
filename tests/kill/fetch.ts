/**
 * For real: programs of real SDKs, killed with SIGKILL before and after each
 * kind of HTTP call and in between, and started again until they end.
 *
 *     deno task kill:fetch --kills 200
 */

// deno-lint-ignore-file no-console
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { model } from "../_support/model.ts";
import { PROGRAMS } from "../_support/programs.ts";
import { fastClock } from "./clock.ts";
import { Deaths, endWith } from "./deaths.ts";

const problems: string[] = [];
const sim = createSimulator({ clock: fastClock, respond: model });
const deaths = await Deaths.open(sim, {
  target: "fetch_target.ts",
  // It dies a call or a few later each time.
  callOf: (deaths) => 1 + Math.floor(Math.random() * (3 + 2 * deaths)),
  longestLife: 60_000,
});

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
    const child = deaths.start(job, program);
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
while (deaths.kills < deaths.wanted) {
  const name = names[jobs % names.length]!;
  const job = `night-${++jobs}`;
  const { batches, requests } = sim.ledger;
  const before = { batches: batches.length, requests: requests.length };
  const { got } = await deaths.runToEnd(job, name) as { got: unknown };
  if (!isDeepStrictEqual(got, expected.get(name))) {
    problems.push(`${job}: ${name} got ${JSON.stringify(got)}`);
  }
  check(job, before, PROGRAMS[name]!.batches);
}
let extra = 0;
for (const name of names) extra += await runTwice(`night-${++jobs}`, name);
deaths.close();
deaths.printStages();
console.log(
  `${jobs} programs, ${deaths.kills} kills, ${sim.ledger.requests.length} requests, ` +
    `${sim.ledger.batches.length} batches, ` +
    `${extra} asked twice by two processes at once, ${problems.length} problems`,
);
endWith(problems);
