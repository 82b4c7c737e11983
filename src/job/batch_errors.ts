/**
 * Why requests of a batch have no line: what the batch says of itself.
 *
 * @module
 */

import type { ResultError } from "../results/result.ts";
import type { Batch } from "../types/batch.ts";
import { type BatchError, errorsOf, statusOf } from "./_batch_state.ts";

/**
 * A failed batch names lines of its input file.
 *
 * @param batch The batch.
 * @param ids The ids of that file's requests, in its order.
 * @returns What it says of single requests.
 */
export function lineErrors(
  batch: Batch,
  ids: readonly string[],
): Map<string, ResultError> {
  const errors = errorsOf(batch);
  return new Map(errors.flatMap((error) => {
    const id = ids[(error.line ?? 0) - 1];
    return id === undefined ? [] : [[id, toError(error)]];
  }));
}

/**
 * @param batch A batch that has ended.
 * @returns What becomes of a request that it has no line for.
 */
export function whyUnanswered(batch: Batch): ResultError {
  const status = statusOf(batch);
  if (status === "failed") return toError(errorsOf(batch)[0] ?? {});
  const code = status === "completed" ? "missing" : `batch_${status}`;
  return {
    code,
    message: `The batch ended as ${status} without a line for it`,
  };
}

function toError(error: BatchError): ResultError {
  return {
    code: error.code ?? "batch_failed",
    message: error.message ?? "The batch failed and does not say why",
    ...(error.param ? { param: error.param } : {}),
  };
}
