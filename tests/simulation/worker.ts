/**
 * Runs the seeds that it is sent, one after the other.
 *
 * @module
 */

import { type Outcome, simulate } from "./simulate.ts";

/** What a worker sends back. */
export interface Report extends Omit<Outcome, "coverage"> {
  coverage: [string, number][];
}

/** Runs one seed. An error of the simulation itself is a problem of the seed. */
export async function report(seed: number): Promise<Report> {
  try {
    const { coverage, ...outcome } = await simulate(seed);
    return { ...outcome, coverage: [...coverage.counts] };
  } catch (error) {
    const problems = [`error: ${(error as Error)?.stack ?? error}`];
    const none = { results: 0, lost: 0, paidTwice: 0, duplicates: 0 };
    return { seed, problems, ...none, stuck: false, coverage: [] };
  }
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<number>) => Promise<void>;
  postMessage: (report: Report) => void;
};

if ("WorkerGlobalScope" in globalThis) {
  scope.onmessage = async ({ data }) => scope.postMessage(await report(data));
}
