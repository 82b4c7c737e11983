/** The marks of jobs at the simulator: the only place that knows where to find one. */

import type { FileObject, OpenAIBatch } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";
import {
  markFile,
  type MarkKind,
  parseMark,
} from "../../src/job/state/marks.ts";

/** Those that say it, the oldest first. */
export function marksIn(sim: Simulator, kind: MarkKind): FileObject[] {
  return sim.ledger.files.filter((file) => parseMark(file)?.kind === kind);
}

/** Leaves one, as another process would. */
export async function mark(
  { files }: OpenAIBatch,
  job: string,
  kind: MarkKind,
): Promise<void> {
  await files.create({ file: markFile(job, kind), purpose: "batch" });
}
