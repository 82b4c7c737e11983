/**
 * A job of many small parts on the simulator, in a process of its own: what it
 * costs is what a part costs. For the file `parts.ts`.
 *
 *     _parts_of.ts <parts> [<maxActiveBatches>]
 *
 * @module
 */

import process from "node:process";
import { OpenAIBatch } from "../mod.ts";
import { createSimulator } from "../src/testing/mod.ts";

const SIZE = 10;

const [parts, active] = process.argv.slice(2).map(Number);
const requests = Array.from(
  { length: Number(parts) * SIZE },
  (_, i) => `Calculate: 1 + ${i} = `,
);
const sim = createSimulator();
const stream = new OpenAIBatch(sim.options).stream(requests, {
  params: { model: "gpt-4o-mini" },
  batchSize: SIZE,
  progress: false,
  ...(active ? { maxActiveBatches: active } : {}),
});
const before = process.cpuUsage();
let answered = 0;
for await (const { ok } of stream) if (ok) answered++;
const { user, system } = process.cpuUsage(before);
if (answered !== requests.length) throw new Error(`${answered} were answered`);
process.stdout.write(JSON.stringify({
  cpu: (user + system) / 1e6,
  batches: sim.ledger.batches.length,
}));
