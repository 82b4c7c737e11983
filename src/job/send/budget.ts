/**
 * Refuses an input that may cost more than the caller allows.
 *
 * @module
 */

import { BudgetError } from "../../pricing/budget_error.ts";
import type { Estimate, PricedLane, Uncounted } from "../../pricing/mod.ts";
import { estimateRequests } from "../../requests/estimate.ts";
import { isOneShot } from "../../requests/source.ts";
import type { JobSettings } from "../options.ts";
import type { Services } from "../services.ts";

/** @throws {TypeError} If there is a budget, and the requests can be read only once. */
export function checkCountable(requests: unknown, settings: JobSettings): void {
  if (settings.budget === undefined || !isOneShot(requests)) return;
  throw new TypeError(
    "The option budget needs requests that can be read twice: pass a list, or a function that returns them",
  );
}

/**
 * @throws {BudgetError} If there is a budget, and the requests may cost more.
 * @throws {TypeError} If a request breaks a rule.
 */
export async function checkBudget(
  requests: unknown,
  settings: JobSettings,
  prices: Services["prices"],
): Promise<void> {
  const {
    budget,
    id: jobId,
    defaults,
    limits,
    queue,
    uncountedTokens,
    signal,
  } = settings;
  if (budget === undefined) return;
  const { countTokens } = queue;
  const counting = {
    defaults,
    limits,
    countTokens,
    uncountedTokens,
    prices,
    signal,
  };
  const estimate = await estimateRequests(requests, counting);
  const isCounted = uncountedTokens !== undefined ||
    estimate.uncounted.requests === 0;
  const rest = restLane(settings);
  const cost = most(estimate, rest);
  if (isCounted && cost !== undefined && cost <= budget) return;
  const why = describe(estimate, cost, isCounted);
  const where = rest && estimate.cost !== undefined
    ? `. The deadline may leave all of it to the lane "${rest}"`
    : "";
  throw new BudgetError(`The budget is ${usd(budget)}, and ${why}${where}`, {
    budget,
    estimate,
    jobId,
  });
}

/** The dearest lane that a deadline may lead to. */
function restLane(settings: JobSettings): PricedLane | undefined {
  const { deadline, atDeadline, lane = "standard", fallbackAfter } = settings;
  if (deadline === undefined || atDeadline !== "direct") return undefined;
  return fallbackAfter === undefined ? lane : "standard";
}

/** What the first attempts may cost: in batches, or all at the deadline. */
function most(
  { cost, lanes }: Estimate,
  rest: PricedLane | undefined,
): number | undefined {
  if (!rest) return cost;
  const direct = lanes[rest];
  if (cost === undefined || direct === undefined) return undefined;
  return Math.max(cost, direct);
}

function describe(
  estimate: Estimate,
  cost: number | undefined,
  isCounted: boolean,
): string {
  const { maxOutputTokens, models, uncounted } = estimate;
  if (cost === undefined && estimate.cost !== undefined) {
    return "the job's cost is unknown";
  }
  if (cost === undefined) {
    const unknown = Object.entries(models)
      .filter(([, model]) => model.cost === undefined)
      .map(([name]) => JSON.stringify(name.slice(0, 64)));
    return "the job's cost is unknown: there is no batch price for " +
      `${unknown.join(", ")} (see the client's option prices)`;
  }
  if (!isCounted) {
    return `the job's cost is unknown: ${
      describeUncounted(uncounted)
    } can't be counted (see the option uncountedTokens)`;
  }
  return maxOutputTokens === undefined
    ? `the job costs ${
      usd(cost)
    } or more: for requests without a token limit, ` +
      "only the input is counted"
    : `the job may cost ${usd(cost)}, for its input and all the output that ` +
      "its token limits allow";
}

/** "images (2), tools (1) in 2 of the requests". */
function describeUncounted({ requests, ...kinds }: Uncounted): string {
  const found = Object.entries(kinds).filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} (${count})`);
  return `${found.join(", ")} in ${requests} of the requests`;
}

function usd(amount: number): string {
  return `$${Number(amount.toPrecision(6))}`;
}
