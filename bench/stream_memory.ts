/**
 * Peak memory of `stream` over a million requests against a hundred thousand,
 * 10,000 a part, all batches active at once. Each is measured in a process of
 * its own.
 *
 * @module
 */

import { print } from "./_figure.ts";
import type { Peak } from "./_memory.ts";
import { runScript, scriptBeside, startServer } from "./_process.ts";

const script = scriptBeside("_peak_of.ts");

async function peakOf(requests: number): Promise<number> {
  const server = await startServer();
  const args = [server.baseURL, "stream", String(requests)];
  const { peak } = await runScript<Peak>(script, args);
  server.stop();
  return peak;
}

const few = await peakOf(100_000);
const many = await peakOf(1_000_000);
print({
  name: "memory of stream",
  value: many / few,
  limit: 1.3,
  unit: "×",
  detail: `100,000 requests: peak ${few} MB, 1,000,000: peak ${many} MB`,
});
