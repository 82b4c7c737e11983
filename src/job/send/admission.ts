/**
 * Which rounds may go into the queue now.
 *
 * @module
 */

import type { QueueOptions } from "../options.ts";
import type { Part } from "../state/part.ts";
import { tokensOf } from "./queue.ts";
import type { Round } from "../state/round.ts";

/**
 * Whether the caller's limits leave room for one more batch.
 *
 * @param part The part that it is of.
 * @param round Its round.
 * @param all All parts of the job.
 * @param limits The caller's limits.
 * @returns True if it may be created. A batch that would be alone always may.
 */
export function hasRoom(
  part: Part,
  round: Round,
  all: readonly Part[],
  limits: QueueOptions,
): boolean {
  const { maxActiveBatches, maxEnqueuedTokens } = limits;
  const active = all.flatMap(({ active }) => active).length;
  if (maxActiveBatches !== undefined && active >= maxActiveBatches) {
    return false;
  }
  const limit = limitFor(part.model, maxEnqueuedTokens);
  const queue = activeOf(part, all);
  if (limit === undefined || queue.length === 0) return true;
  const queued = queue.map(tokensOf).reduce((a, b) => a + b, 0);
  return queued + tokensOf(round) <= limit;
}

function activeOf(part: Part, all: readonly Part[]): Round[] {
  return all.filter(({ model }) => model === part.model).flatMap(({ rounds }) =>
    rounds.filter(({ active }) => active.length > 0)
  );
}

function limitFor(
  model: string | undefined,
  limits: QueueOptions["maxEnqueuedTokens"],
): number | undefined {
  if (typeof limits !== "object") return limits;
  return model !== undefined && Object.hasOwn(limits, model)
    ? limits[model]
    : undefined;
}
