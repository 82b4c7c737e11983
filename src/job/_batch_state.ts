/**
 * Reads batches of servers of all kinds: statuses in capitals, file ids that
 * are null, "" or {}, counts that are null.
 *
 * @module
 */

import type { Batch } from "../types/batch.ts";

const ENDED: ReadonlySet<string> = new Set([
  "completed",
  "failed",
  "expired",
  "cancelled",
]);

/**
 * @param batch A batch.
 * @returns Its status, in small letters.
 */
export function statusOf(batch: Batch): string {
  return String(batch.status).toLowerCase();
}

/**
 * @param batch A batch.
 * @returns Whether it will not change any more, but for file ids that come late.
 */
export function hasEnded(batch: Batch): boolean {
  return ENDED.has(statusOf(batch));
}

/**
 * @param batch A batch.
 * @returns The files with its answers that are there, the successes first.
 */
export function resultFilesOf(batch: Batch): string[] {
  return [batch.output_file_id, batch.error_file_id].filter(
    (id) => typeof id === "string" && id !== "",
  ) as string[];
}

/**
 * @param batch A batch.
 * @returns How many of its requests are answered and failed, as far as it tells.
 */
export function countsOf(batch: Batch): { completed: number; failed: number } {
  const { completed, failed } = batch.request_counts ?? {};
  return { completed: completed ?? 0, failed: failed ?? 0 };
}
