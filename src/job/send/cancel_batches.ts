/**
 * Cancels batches that nobody needs any more.
 *
 * @module
 */

import { APIError } from "../../errors.ts";
import { isGone } from "../../rest/retry.ts";
import type { Batch } from "../../types/batch.ts";
import type { JobContext } from "../context.ts";
import type { RemoteView } from "../look/remote_view.ts";
import { statusOf } from "../state/batch.ts";
import type { Known } from "../state/parts.ts";

/**
 * Cancels all batches of a job that is stopped; else younger duplicates, those that
 * are too old, and those of parts that have every answer by now.
 */
export async function cancelUnwanted(
  context: JobContext,
  view: RemoteView,
): Promise<void> {
  for (const known of [...context.parts.active.values()]) {
    const { batch } = known;
    if (statusOf(batch) === "cancelling") continue;
    if (!view.marks.stopped && !isUnwanted(known, context)) continue;
    await cancel(batch, context, view);
  }
}

/** Of several with the same lines, the oldest one counts. */
function isUnwanted(
  { batch, part, number }: Known,
  { services: { clock }, settings, parts }: JobContext,
): boolean {
  const leaves = parts.leavesOf(part);
  const { batchTimeout = Infinity } = settings;
  return (clock.ageOf(batch) ?? 0) >= batchTimeout ||
    leaves.every(({ reading, lines }) => reading.hasAll(lines)) ||
    leaves.some(({ rounds }) => rounds[number]?.batches[0]?.id !== batch.id);
}

/** A batch that has just ended is not an error. */
async function cancel(
  batch: Batch,
  { services: { batches }, parts }: JobContext,
  view: RemoteView,
): Promise<void> {
  try {
    const cancelled = await batches.cancel(batch.id).catch((error) => {
      if (!(error instanceof APIError) || error.status !== 409) throw error;
      return batches.retrieve(batch.id);
    });
    parts.see(cancelled, false);
  } catch (error) {
    if (!isGone(error)) throw error;
    view.lose(batch);
  }
}
