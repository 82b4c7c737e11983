/** The script that is killed: a program of a real SDK, which knows nothing of batches. Prints what it got. */

import process from "node:process";
import { createBatchFetch } from "@offpeak/openai-batch/fetch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { PROGRAMS } from "../_support/programs.ts";
import { fastClock } from "./clock.ts";

const [port, job, name] = process.argv.slice(2);
const fetch = createBatchFetch({
  job: job!,
  clock: fastClock,
  // Half a second of real time: a busy machine must not cut a window in two.
  window: 1_000_000,
  timeout: 7_200_000,
});
const got = await PROGRAMS[name!]!.run({
  apiKey: createSimulator().options.apiKey,
  baseURL: `http://127.0.0.1:${port}/v1`,
  fetch,
});
const { sent, duplicates } = fetch.stats;
process.stdout.write(JSON.stringify({ got, sent, duplicates }));
