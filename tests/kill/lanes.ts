/**
 * For real: jobs in a background window, killed with SIGKILL before and after
 * each kind of HTTP call, and started again until they end. What may be paid
 * twice is what no ledger file names yet, and is counted.
 *
 *     deno task kill:lanes --kills 200
 */

// deno-lint-ignore-file no-console
import { createSimulator } from "@offpeak/openai-batch/testing";
import { fastClock } from "./clock.ts";
import { Deaths, endWith } from "./deaths.ts";

const REQUESTS = 90;
/** Calls that a process makes at most before it dies: more than it takes to create all. */
const MOST_CALLS = 220;

const problems: string[] = [];
const sim = createSimulator({
  clock: fastClock,
  respond: ({ text }) => `${text} done`,
});
const { apiKey, baseURL } = sim.options;
const headers = { authorization: `Bearer ${apiKey}` };
const deaths = await Deaths.open(sim, {
  target: "lanes_target.ts",
  callOf: () => 1 + Math.floor(Math.random() * MOST_CALLS),
  longestLife: 90_000,
});

type Results = [string, string | false][];

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
async function check(job: string, results: Results): Promise<number> {
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
while (deaths.kills < deaths.wanted) {
  const job = `night-${++jobs}`;
  const results = await deaths.runToEnd(job, `${REQUESTS}`) as Results;
  twice += await check(job, results);
}
deaths.close();
deaths.printStages();
console.log(
  `${jobs} jobs, ${deaths.kills} kills, ${jobs * REQUESTS} requests, ` +
    `${sim.ledger.responses.length} responses`,
);
console.log(
  `${twice} paid twice, none of which a ledger file named (${
    (twice / Math.max(1, deaths.kills)).toFixed(1)
  } per kill), ${problems.length} problems`,
);
endWith(problems);
