/**
 * What many small parts cost: CPU by the number of parts, on the simulator,
 * with and without a limit to how many batches run at a time.
 *
 * @module
 */

import { median, print } from "./_figure.ts";
import { runScript, scriptBeside } from "./_process.ts";

const ROUNDS = 3;
const LIMIT = 2.3;

/** Numbers of parts, of which the second is twice the first, and `maxActiveBatches`. */
const JOBS = [
  { sizes: [1_000, 2_000], active: undefined },
  { sizes: [250, 500], active: 10 },
] as const;

async function measure(parts: number, active?: number): Promise<number> {
  const args = active === undefined ? [parts] : [parts, active];
  const { cpu } = await runScript<{ cpu: number }>(
    scriptBeside("_parts_of.ts"),
    args.map(String),
  );
  return cpu;
}

for (const { sizes: [few, many], active } of JOBS) {
  const uses: [few: number, many: number][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    uses.push([await measure(few, active), await measure(many, active)]);
  }
  const [less, more] = [0, 1].map((i) => median(uses.map((use) => use[i]!)));
  const limited = active ? `, maxActiveBatches ${active}` : "";
  print({
    name: `CPU of ${many} parts by that of ${few}${limited}`,
    value: median(uses.map(([less, more]) => more / less)),
    limit: LIMIT,
    unit: "×",
    detail: `${more!.toFixed(1)} s, ${less!.toFixed(1)} s`,
  });
}
