/**
 * The error of a run that was to have an answer for every request.
 *
 * @module
 */

import { OpenAIBatchError } from "../errors.ts";
import type { Failure } from "./result.ts";

/** Thrown by `Run.values()`, which promises an answer for every request. */
export class FailedRequestsError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "FailedRequestsError";
  /** The results that are no answers. */
  // deno-lint-ignore no-explicit-any
  readonly failed: readonly Failure<any>[];

  /**
   * Makes the error of a run.
   *
   * @param failed The results that are no answers; one at least.
   * @param jobId The job they are of.
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
