/**
 * What to do about costs that are not known.
 *
 * @module
 */

import type { Estimate } from "../../mod.ts";

/**
 * @param rows Models, and what they cost.
 * @returns A line, if one of them has no known price.
 */
export function priceHint(
  rows: readonly { model: string; cost: number | undefined }[],
): string[] {
  const unpriced = rows.find(({ cost }) => cost === undefined);
  if (!unpriced) return [];
  const example = JSON.stringify({ [unpriced.model]: "gpt-4o-mini" });
  return [
    `The price of ${
      JSON.stringify(unpriced.model)
    } isn't known. Give it with --prices, or name the known model that it is: '${example}'`,
  ];
}

/**
 * @param estimate What was counted.
 * @param uncountedTokens What the caller says of the rest.
 * @returns A line, if something is not in the figures.
 */
export function uncountedHint(
  { uncounted: { requests, ...kinds } }: Estimate,
  uncountedTokens: number | undefined,
): string[] {
  if (requests === 0 || uncountedTokens !== undefined) return [];
  const found = Object.entries(kinds).filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} (${count})`);
  return [
    `Not counted, in ${requests} requests: ${found.join(", ")}; ` +
    "--uncounted-tokens N adds that many for each",
  ];
}
