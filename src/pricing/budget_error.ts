/**
 * The error of an input that may cost too much.
 *
 * @module
 */

import { type ErrorDetails, OpenAIBatchError } from "../errors.ts";
import type { Estimate } from "./estimate.ts";

/** The job may cost more than its `budget`, or its cost can't be known. Nothing was sent. */
export class BudgetError extends OpenAIBatchError {
  /** For `switch (error.name)`. */
  override readonly name = "BudgetError";
  /** What it was allowed to cost, in USD. */
  readonly budget: number;
  /** What it may cost. */
  readonly estimate: Estimate;

  /**
   * Makes the error of an input that is too expensive.
   *
   * @param message What it may cost, and what that includes.
   * @param details Both figures, and the job.
   */
  constructor(
    message: string,
    details: ErrorDetails & { budget: number; estimate: Estimate },
  ) {
    super(message, { code: "over_budget", ...details });
    this.budget = details.budget;
    this.estimate = details.estimate;
  }
}
