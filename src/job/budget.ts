/**
 * Refuses an input that may cost more than the caller allows.
 *
 * @module
 */

import { BudgetError } from "../errors.ts";
import type { Estimate } from "../pricing/mod.ts";
import { estimateRequests } from "../requests/estimate.ts";
import { isOneShot } from "../requests/source.ts";
import type { JobSettings } from "./options.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * @param requests What the caller passed.
 * @param settings The job's options.
 * @throws {TypeError} If there is a budget, and the requests can be read only once.
 */
export function checkCountable(requests: unknown, settings: JobSettings): void {
  if (settings.budget === undefined || !isOneShot(requests)) return;
  throw new TypeError(
    "A job with a budget reads its requests twice: pass a list, or a function that opens them",
  );
}

/**
 * @param requests What the caller passed.
 * @param settings The job's options.
 * @param prices Own prices.
 * @throws {BudgetError} If there is a budget, and the requests may cost more.
 * @throws {TypeError} If a request breaks a rule.
 */
export async function checkBudget(
  requests: unknown,
  settings: JobSettings,
  prices: Surroundings["prices"],
): Promise<void> {
  const { budget, id: jobId, defaults, limits, queue } = settings;
  if (budget === undefined) return;
  const { countTokens } = queue;
  const counting = { defaults, limits, countTokens, prices };
  const estimate = await estimateRequests(requests, counting);
  if (estimate.cost !== undefined && estimate.cost <= budget) return;
  throw new BudgetError(
    `The budget is ${usd(budget)}, and ${describe(estimate)}`,
    { budget, estimate, jobId },
  );
}

function describe({ cost, maxOutputTokens, models }: Estimate): string {
  if (cost === undefined) {
    const unknown = Object.entries(models)
      .filter(([, model]) => model.cost === undefined)
      .map(([name]) => JSON.stringify(name.slice(0, 64)));
    return "nobody knows what the job costs: there is no batch price for " +
      `${unknown.join(", ")} (see the client's option prices)`;
  }
  return maxOutputTokens === undefined
    ? `the job costs ${usd(cost)} or more: of requests without a token limit ` +
      "only the input is counted"
    : `the job may cost ${usd(cost)}, for its input and all the output that ` +
      "its token limits allow";
}

function usd(amount: number): string {
  return `$${Number(amount.toPrecision(6))}`;
}
