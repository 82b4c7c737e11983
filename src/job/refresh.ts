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
 * @param options How to look.
 * @param options.signal Ends the calls.
 * @param options.list Whether to list even for a single batch, to see others of its kind.
 * @returns The batches, in no order, and all others that were on the pages.
 */
export async function refresh(
  batches: Batches,
  ids: readonly string[],
  options: { signal: AbortSignal | undefined; list?: boolean },
): Promise<Batch[]> {
  const { signal, list = false } = options;
  const missing = new Set(ids);
  const found: Batch[] = [];
  if (missing.size > (list ? 0 : 1)) {
    let page = await batches.list({ limit: PAGE }, { signal });
    while (true) {
      const before = missing.size;
      for (const { id } of page.data) missing.delete(id);
      found.push(...page.data);
      // A page that has none of ours: the rest is far down, or not listed yet.
      if (missing.size <= 1 || missing.size === before) break;
      if (!page.hasNextPage()) break;
      page = await page.getNextPage();
    }
  }
  for (const id of missing) found.push(await batches.retrieve(id, { signal }));
  return found;
}
