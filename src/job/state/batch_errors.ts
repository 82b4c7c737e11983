/**
 * Why requests of a batch have no line, as far as the batch says.
 *
 * @module
 */

import type { ResultError } from "../../results/result.ts";
import type { Batch, BatchError } from "../../types/batch.ts";
import { errorsOf, statusOf } from "./batch.ts";

/** What all lines of a file have in common: what is wrong with it in one line is wrong in all. */
const SHARED: ReadonlySet<string> = new Set([
  "model",
  "body.model",
  "url",
  "endpoint",
]);

/** What a refused batch says of single lines of its input file, by their numbers, from 0. */
export function lineErrors(batch: Batch): Map<number, ResultError> {
  return new Map(
    errorsOf(batch).map((error) => [(error.line ?? 0) - 1, toError(error)]),
  );
}

/** Whether a batch was refused because of those lines alone: the others may pass without them. */
export function isOfLines(batch: Batch): boolean {
  const errors = errorsOf(batch);
  return errors.length > 0 &&
    errors.every(({ line, param }) => line && !SHARED.has(param ?? ""));
}

/** @returns What becomes of a request that it has no line for. */
export function whyUnanswered(batch: Batch): ResultError {
  const status = statusOf(batch);
  if (status === "failed") return toError(errorsOf(batch)[0] ?? {});
  const code = status === "completed" ? "missing" : `batch_${status}`;
  return {
    code,
    message: `The batch ended as ${status} without a line for it`,
  };
}

/**
 * If a server loses the ids, its answers can't be assigned to requests, and it would
 * lose the ids again.
 */
export function whyUnreadable(lines: number): ResultError {
  return {
    code: "unreadable_results",
    message: `The batch has ${lines} answers, but none of them has the ` +
      "`custom_id` of a request: the server has lost or changed the ids",
  };
}

function toError(error: BatchError): ResultError {
  return {
    code: error.code ?? "batch_failed",
    message: error.message ?? "The batch failed and does not say why",
    ...(error.param ? { param: error.param } : {}),
  };
}
