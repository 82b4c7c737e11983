/**
 * Reads batches of all kinds of servers: statuses in capitals, file ids that are null,
 * "" or {}, counts that are null, dates as text.
 *
 * @module
 */

import { ENDED_STATUSES, type EndedStatus } from "../../batch_end.ts";
import { isOutOfCredit } from "../../retry_rule.ts";
import type { Batch, BatchError } from "../../types/batch.ts";

export function statusOf(batch: Batch): string {
  return String(batch.status).toLowerCase();
}

/** @returns Whether it won't change any more, except for late file ids. */
export function hasEnded(batch: Batch): boolean {
  return ENDED_STATUSES.includes(statusOf(batch) as EndedStatus);
}

/**
 * Whether a batch never got into the queue: it was full, the file hadn't arrived
 * everywhere yet, or there was no credit. Such a batch counts for nothing.
 *
 * @returns "queue" if it was full, "file" if the file was not found, "credit" if there was no credit, undefined if the batch counts.
 */
export function voidReason(
  batch: Batch,
): "queue" | "file" | "credit" | undefined {
  if (statusOf(batch) !== "failed") return undefined;
  for (const { code, message } of errorsOf(batch)) {
    if (code === "token_limit_exceeded") return "queue";
    if (/cannot find file/i.test(message ?? "")) return "file";
    if (isOutOfCredit({ code }) && resultFilesOf(batch).length === 0) {
      return "credit";
    }
  }
  return undefined;
}

/**
 * Whether a batch was cancelled before it ran, so that no answers can come late. It
 * must say so in every field: if one is missing, we don't know.
 *
 * @returns True if no request of it ever ran.
 */
export function neverRan(batch: Batch): boolean {
  const { total, completed, failed } = batch.request_counts ?? {};
  const isEmpty = (id: unknown) => id === null || id === "";
  return statusOf(batch) === "cancelled" && batch.in_progress_at === null &&
    total === 0 && completed === 0 && failed === 0 &&
    isEmpty(batch.output_file_id) && isEmpty(batch.error_file_id);
}

/**
 * Why a batch failed. On the wire it is `{ data: [{ code, message }] }`; there
 * are also `{}`, `[null]`, a list of entries, a single entry, and plain text.
 *
 * @returns What it says, entry by entry; the texts are texts.
 */
export function errorsOf(batch: Batch): BatchError[] {
  const errors: unknown = batch.errors;
  const { data = errors } = asFields(errors);
  const entries = Array.isArray(data) ? data : [data];
  return entries.map(toBatchError).filter((entry) =>
    Object.keys(entry).length > 0
  );
}

function toBatchError(entry: unknown): BatchError {
  if (typeof entry === "string") return entry ? { message: entry } : {};
  const { code, message, param, line } = asFields(entry);
  return {
    ...(isWord(code) ? { code: String(code) } : {}),
    ...(isWord(message) ? { message: String(message) } : {}),
    ...(isWord(param) ? { param: String(param) } : {}),
    ...(typeof line === "number" ? { line } : {}),
  };
}

function isWord(value: unknown): boolean {
  return typeof value === "number" ||
    (typeof value === "string" && value !== "");
}

function asFields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value
    ? value as Record<string, unknown>
    : {};
}

/** @returns The files with its answers that are there, the successes first. */
export function resultFilesOf(batch: Batch): string[] {
  return [batch.output_file_id, batch.error_file_id].filter(
    (id) => typeof id === "string" && id !== "",
  ) as string[];
}

/** @returns Whether it has ended and may have answers whose files are still to come. */
export function mayHaveAnswers(batch: Batch): boolean {
  if (!hasEnded(batch) || statusOf(batch) === "failed") return false;
  const { completed } = batch.request_counts ?? {};
  return resultFilesOf(batch).length === 0 && completed !== 0;
}

/** @returns How many of its requests are answered and failed, as far as it tells. */
export function countsOf(batch: Batch): { completed: number; failed: number } {
  const { completed, failed } = batch.request_counts ?? {};
  return { completed: completed ?? 0, failed: failed ?? 0 };
}

/**
 * A point in time, however a server writes it.
 *
 * @returns Milliseconds since the epoch; undefined if it is neither.
 */
export function millisecondsOf(time: unknown): number | undefined {
  if (typeof time === "number") return time * 1_000;
  const parsed = typeof time === "string" ? Date.parse(time) : NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** @returns When, ms since the epoch; undefined if it does not say. */
export function endOf(batch: Batch): number | undefined {
  return ENDED_STATUSES.map((status) => millisecondsOf(batch[`${status}_at`]))
    .find((time) => time !== undefined);
}

/**
 * Orders files and batches the same way for every process: the first one counts.
 *
 * @returns Below 0 if `a` was created first.
 */
export function byAge(
  a: { id: string; created_at: number },
  b: { id: string; created_at: number },
): number {
  const older = (millisecondsOf(a.created_at) ?? 0) -
    (millisecondsOf(b.created_at) ?? 0);
  return older || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
