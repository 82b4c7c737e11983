/**
 * Runs the seeds that it is sent, one after the other.
 *
 * @module
 */

import { simulate } from "./simulate.ts";

/** What a worker sends back. */
export interface Report {
  seed: number;
  problems: string[];
  results: number;
  lost: number;
  paidTwice: number;
  duplicates: number;
  stuck: boolean;
  coverage: [string, number][];
}

/** Runs one seed. */
export async function report(seed: number): Promise<Report> {
  const { coverage, ...outcome } = await simulate(seed);
  return { ...outcome, coverage: [...coverage.counts] };
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<number>) => Promise<void>;
  postMessage: (report: Report) => void;
};

if ("WorkerGlobalScope" in globalThis) {
  scope.onmessage = async ({ data }) => scope.postMessage(await report(data));
}
