/** The script that is killed: an ordinary run of a named job. Prints its results at the end. */

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
const run = await client.run(
  Array.from({ length: Number(count) }, (_, i) => ({
    id: `${job}_${i}`,
    content: `${job} ${i} = `,
  })),
  {
    job: job!,
    params: { model: "gpt-4o-mini" },
    batchSize: 5,
    progress: false,
  },
);
// deno-lint-ignore no-console
console.log(
  JSON.stringify(
    run.results.map((result) => [result.id, result.ok && result.output]),
  ),
);
