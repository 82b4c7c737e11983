/** Looks at what a job has left at the simulator. */

import {
  type OpenAIBatch,
  parseLines,
  type RequestLine,
  type Result,
} from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";

/** The ids in an input file, in its order. */
export async function idsIn(
  client: OpenAIBatch,
  inputFileId: string,
): Promise<string[]> {
  const ids: string[] = [];
  const content = await client.files.content(inputFileId);
  for await (const line of parseLines<RequestLine>(content)) {
    ids.push(line.custom_id);
  }
  return ids;
}

/** "p0.r0", "p1a.r2", …: what each batch of a job is, in the order of their creation. */
export function roundsOf(sim: Simulator): string[] {
  return sim.ledger.batches.map(({ metadata }) =>
    /\.(p\d+(?:\.l[\d-]+)?\.r\d+)\./.exec(metadata?.offpeak ?? "")?.[1] ?? ""
  );
}

/** Batches that have not ended. */
export function activeIn(sim: Simulator): string[] {
  const ended = ["completed", "failed", "expired", "cancelled"];
  return sim.ledger.batches.filter(({ status }) => !ended.includes(status))
    .map(({ id }) => id);
}

/** "ok" or the error's code of each result. */
export function codes(results: Result[]): string[] {
  return results.map((result) => result.ok ? "ok" : result.error.code);
}

/** How often each request was answered, and so paid. */
export function paidFor(sim: Simulator, results: { id: string }[]): number[] {
  return results.map(({ id }) => sim.ledger.answered(id));
}
