// deno-lint-ignore-file no-console
/**
 * The main job, from start to end: sixteen sums in batches of four, their
 * answers and what they cost. Simulated, without a key and without a network;
 * `--real` runs the same on the API of OPENAI_API_KEY.
 *
 *     deno task demo
 *     deno task demo --real
 */

import { type Clock, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

const real = process.argv.includes("--real");
const sim = createSimulator();

/** The virtual clock jumps. On a terminal it takes its time, so that the bars are seen. */
const clock: Clock = {
  now: () => sim.clock.now(),
  sleep: async (ms, signal) => {
    if (process.stderr.isTTY) await delay(Math.min(ms / 20, 150));
    await sim.clock.sleep(ms, signal);
  },
};
const client = new OpenAIBatch(real ? {} : { ...sim.options, clock });

if (!real) console.log("Simulated on a virtual clock; nothing is sent.");
const requests = Array.from({ length: 16 }, (_, i) => ({
  id: `sum_${i}`,
  content: `${i} + ${i} = `,
}));
const run = await client.run(requests, {
  params: { model: "gpt-4o-mini", max_completion_tokens: 32, temperature: 0 },
  batchSize: 4,
});

for (const { part, results } of run.batches) {
  const said = results.map((result) =>
    result.ok ? result.output : result.error.message
  );
  console.log(`batch ${part}: ${said.join(", ")}`);
}
const { cost = 0, saving = 0 } = run.usage;
console.log(
  `${run.succeeded.length} of ${run.results.length} answered, ` +
    `$${cost.toFixed(6)} paid, $${saving.toFixed(6)} saved.`,
);
