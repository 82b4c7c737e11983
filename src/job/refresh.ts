/**
 * Looks at many batches with few calls.
 *
 * @module
 */

import type { Batches } from "../rest/batches.ts";
import { isGone } from "../rest/retry.ts";
import type { Batch } from "../types/batch.ts";
import type { Changes } from "./changes.ts";
import { hasEnded } from "./_batch_state.ts";

/** Batches on a page of the list. */
const PAGE = 100;

/** How to look at batches, and what becomes of what is seen. */
export interface RefreshOptions {
  /** Ends the calls. */
  signal: AbortSignal | undefined;
  /** Whether to list even for a single batch, to see others of its kind. */
  list?: boolean;
  /** Batches that are retrieved whatever the list says. */
  byId?: ReadonlySet<string>;
  /** Since when batches look the same; kept up to date. */
  changes: Changes;
  /** Gets each batch, and all others on the pages: from a list, or as it was retrieved. */
  see: (batch: Batch, isListed: boolean) => void;
  /** Gets the id of a batch that the server does not know, nor lists. */
  lose: (id: string, error: unknown) => void;
}

/**
 * Gets batches as they stand: by the list, a page of 100 at a time, as long as
 * that costs fewer calls than retrieving the ids one by one. There are lists
 * that never change, so that of what they show as running one is retrieved
 * too: that which looks the same for the longest time. If it has changed, the
 * next one is.
 *
 * @param batches The endpoint.
 * @param ids Which batches.
 * @param options How to look.
 */
export async function refresh(
  batches: Batches,
  ids: readonly string[],
  options: RefreshOptions,
): Promise<void> {
  const { byId, changes } = options;
  const listed = await list(batches, ids, options);
  const retrieve = async (id: string): Promise<boolean> =>
    await look(batches, id, listed.get(id), options);
  const singles = ids.filter((id) => !listed.has(id) || byId?.has(id));
  for (const id of singles) await retrieve(id);
  const running = ids.filter((id) => {
    const batch = listed.get(id);
    return batch && !byId?.has(id) && !hasEnded(batch);
  });
  for (const id of changes.oldestFirst(running)) {
    if (!await retrieve(id)) return;
  }
}

/** The batches that the pages show, by id. */
async function list(
  batches: Batches,
  ids: readonly string[],
  { signal, list = false, changes, see }: RefreshOptions,
): Promise<ReadonlyMap<string, Batch>> {
  const missing = new Set(ids);
  const listed = new Map<string, Batch>();
  if (missing.size <= (list ? 0 : 1)) return listed;
  let page = await batches.list({ limit: PAGE }, { signal });
  while (true) {
    const before = missing.size;
    for (const batch of page.data) {
      if (missing.delete(batch.id)) {
        listed.set(batch.id, batch);
        changes.note(batch);
      }
      see(batch, true);
    }
    // A page that has none of ours: the rest is far down, or not listed yet.
    if (missing.size <= 1 || missing.size === before) return listed;
    if (!page.hasNextPage()) return listed;
    page = await page.getNextPage();
  }
}

/** Retrieves one; true if the list said something else of it. */
async function look(
  batches: Batches,
  id: string,
  listed: Batch | undefined,
  { signal, changes, see, lose }: RefreshOptions,
): Promise<boolean> {
  try {
    const batch = await batches.retrieve(id, { signal });
    see(batch, false);
    return changes.confirm(batch);
  } catch (error) {
    if (!isGone(error)) throw error;
    // What is listed exists.
    if (listed) see(listed, false);
    else lose(id, error);
    return false;
  }
}
