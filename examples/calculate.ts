// deno-lint-ignore-file no-console
/**
 * The main job, end to end: fourteen sums in batches of two, three bars, the
 * results and what they cost. On the simulator, without a key and without a
 * network; `--real` runs the same on the API of OPENAI_API_KEY.
 *
 *     deno task demo
 *     deno task demo --real
 */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import process from "node:process";

const real = process.argv.includes("--real");
const client = new OpenAIBatch(real ? {} : createSimulator().options);

const sums = Array.from({ length: 7 }, (_, i) => `Calculate: 1 + ${i} = `);
const requests = [
  // with ids of their own
  ...sums.map((content, i) => ({
    id: `calc_${i}`,
    content: [{ role: "user", content }],
  })),
  // bare messages: the id is the position, "7" to "13"
  ...sums.map((content) => ({ role: "user", content })),
];

const run = await client.run(requests, {
  params: {
    model: "gpt-4o-mini",
    max_completion_tokens: 32,
    temperature: 0,
    seed: 42,
  },
  batchSize: 2,
});

for (const batch of run.batches) {
  console.log("BATCH :", batch.id);
  console.log("FILE  :", batch.output_file_id);
  for (const result of batch.results) {
    console.log("ID", result.id);
    console.log(" => ", result.ok ? result.output : result.error.message);
  }
  console.log();
}
console.log(run.usageTable({ digits: 8 }));
