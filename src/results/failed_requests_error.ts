/**
 * The error of a run in which not every request was answered.
 *
 * @module
 */

import { OpenAIBatchError } from "../errors.ts";
import type { Failure } from "./result.ts";

/** Thrown by `Run.values()` if any request failed. */
export class FailedRequestsError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "FailedRequestsError";
  /** The failures. */
  // deno-lint-ignore no-explicit-any
  readonly failed: readonly Failure<any>[];

  /**
   * Makes the error of a run.
   *
   * @param failed The failures, at least one.
   * @param jobId Their job.
   */
  // deno-lint-ignore no-explicit-any
  constructor(failed: readonly Failure<any>[], jobId: string | undefined) {
    const first = failed[0];
    super(
      `${failed.length} of the requests failed, the first is ` +
        `${JSON.stringify(first?.id)} with ${first?.error.code}`,
      { code: "failed_requests", jobId },
    );
    this.failed = failed;
  }
}
