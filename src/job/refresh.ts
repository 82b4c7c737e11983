/**
 * Looks at many batches with few calls.
 *
 * @module
 */

import type { Batches } from "../rest/batches.ts";
import type { Batch } from "../types/batch.ts";

/** Batches on a page of the list. */
const PAGE = 100;

/**
 * Gets batches as they stand: by the list, a page of 100 at a time, as long as
 * that costs fewer calls than retrieving the ids one by one.
 *
 * @param batches The endpoint.
 * @param ids Which batches.
 * @param signal Ends the calls.
 * @returns The batches, in no order.
 */
export async function refresh(
  batches: Batches,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Batch[]> {
  const options = signal ? { signal } : {};
  const missing = new Set(ids);
  const found: Batch[] = [];
  if (missing.size > 1) {
    let page = await batches.list({ limit: PAGE }, options);
    while (true) {
      const before = missing.size;
      found.push(...page.data.filter(({ id }) => missing.delete(id)));
      // A page that has none of ours: the rest is far down, or not listed yet.
      if (missing.size <= 1 || missing.size === before) break;
      if (!page.hasNextPage()) break;
      page = await page.getNextPage();
    }
  }
  for (const id of missing) found.push(await batches.retrieve(id, options));
  return found;
}
