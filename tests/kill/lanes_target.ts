/** The script that is killed: a named job in a background window. Prints its results at the end. */

import process from "node:process";
import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { fastClock } from "./clock.ts";

const [port, job, count] = process.argv.slice(2);
const client = new OpenAIBatch({
  apiKey: createSimulator().options.apiKey,
  baseURL: `http://127.0.0.1:${port}/v1`,
  clock: fastClock,
  timeout: 7_200_000, // some seconds of real time
});

/** So far apart that there are many ledger files. */
async function* requests() {
  for (let i = 0; i < Number(count); i++) {
    await fastClock.sleep(4_000);
    yield { id: `${i}`, content: `${job} ${i}` };
  }
}

const stream = client.direct(requests, {
  endpoint: "/v1/responses",
  lane: "2h",
  job: job!,
  params: { model: "gpt-5" },
  progress: false,
});
const { results } = await stream.collect();
process.stdout.write(
  JSON.stringify(results.map(({ id, ok, output }) => [id, ok && output])),
);
