/** Requests that the simulator can answer, and a look at its ledger. */

import type { Simulator } from "@offpeak/openai-batch/testing";

/** `calc_0` … with the sums that the simulator knows. */
export function sums(count: number): { id: string; content: string }[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `calc_${i}`,
    content: `Calculate: 1 + ${i} = `,
  }));
}

/** How often a path was called. */
export function callsTo(
  sim: Simulator,
  method: string,
  path: RegExp,
): number {
  return sim.ledger.calls.filter((call) =>
    call.method === method && path.test(call.path)
  ).length;
}

/** How many input files there are, the marks of steps and of a cancel left out. */
export function inputFiles(sim: Simulator): number {
  return sim.ledger.files.filter(({ filename }) => /\.r\d+\.n\d/.test(filename))
    .length;
}
