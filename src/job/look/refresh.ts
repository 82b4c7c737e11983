/**
 * Looks at many batches with few calls.
 *
 * @module
 */

import { LONGEST_PAGE } from "../../limits.ts";
import type { Batches } from "../../rest/batches.ts";
import { mayBeLost } from "../../rest/page.ts";
import { isGone } from "../../rest/retry.ts";
import type { Batch } from "../../types/batch.ts";
import type { Changes } from "./changes.ts";
import { hasEnded, mayHaveAnswers, millisecondsOf } from "../state/batch.ts";

/** What a batch is found by. */
export interface Known extends Pick<Batch, "id" | "created_at"> {
  /** The later ones of one second have higher ones. */
  rank: number;
}

/** What looks leave to the next one. */
export interface Hints {
  /** Whether the newest page showed none of the batches; undefined if that is long ago. */
  areFar: boolean | undefined;
}

/** How to look at batches, and what becomes of what is seen. */
export interface RefreshOptions {
  /** Ends the calls. */
  signal: AbortSignal | undefined;
  /** Whether to list even for a single batch, to see others of its kind. */
  list?: boolean;
  /** Kept up to date, also where a call fails. */
  hints: Hints;
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
 * Gets batches as they stand: by pages of the list as long as each shows more
 * than one of them, else one by one. The list is read from the newest batch on,
 * or, where that showed none, behind the newest of those that are looked for:
 * however many others are newer, they cost nothing.
 *
 * There are lists that never change, or leave out the files, so that of what
 * they show as running, and of what they show without its files, one each is
 * retrieved too: that which looks the same for the longest time. If it has
 * changed, the next one is.
 *
 * @param known Which batches; those to be retrieved first come first.
 */
export async function refresh(
  batches: Batches,
  known: readonly Known[],
  options: RefreshOptions,
): Promise<void> {
  const { byId, changes } = options;
  const single = new Set<string>();
  const listed = new Map<string, Batch>();
  const retrieve = async (id: string): Promise<boolean> => {
    single.add(id);
    return await look(batches, id, listed.get(id), options);
  };
  await list(batches, known, listed, retrieve, options);
  const ids = known.map(({ id }) => id).filter((id) => !single.has(id));
  const singles = ids.filter((id) => !listed.has(id) || byId?.has(id));
  for (const id of singles) await retrieve(id);
  const shown = (mayChange: (batch: Batch) => boolean) =>
    ids.filter((id) => {
      const batch = listed.get(id);
      return batch && !byId?.has(id) && mayChange(batch);
    });
  const doubt = async (some: string[]) => {
    for (const id of changes.oldestFirst(some)) if (!await retrieve(id)) return;
  };
  await doubt(shown((batch) => !hasEnded(batch)));
  await doubt(shown(mayHaveAnswers));
}

/** Notes the batches that the pages show, by id. */
async function list(
  batches: Batches,
  known: readonly Known[],
  listed: Map<string, Batch>,
  retrieve: (id: string) => Promise<boolean>,
  { signal, list = false, hints, changes, see }: RefreshOptions,
): Promise<void> {
  const missing = new Map(known.map((batch) => [batch.id, batch]));
  // So few cost less than a page that may show none of them.
  const few = hints.areFar === false ? 1 : 3;
  const take = (batch: Batch) => {
    if (missing.delete(batch.id)) {
      listed.set(batch.id, batch);
      changes.note(batch);
    }
    see(batch, true);
  };
  /** Reads on as long as pages show some; true if the first one did. */
  const readPages = async (after: string | undefined): Promise<boolean> => {
    const query = {
      limit: LONGEST_PAGE.batches,
      ...(after === undefined ? {} : { after }),
    };
    let page = await batches.list(query, { signal });
    for (let showsAny = false;; showsAny = true) {
      const left = missing.size;
      for (const batch of page.data) take(batch);
      if (after === undefined) {
        hints.areFar = !showsAny && missing.size === left;
      }
      // A page that has none of ours: the rest is far down, or not listed yet.
      if (missing.size === left) return showsAny;
      if (missing.size <= few || !page.hasNextPage()) return true;
      page = await page.getNextPage();
    }
  };
  if (missing.size <= (list ? 0 : few)) return;
  if (list || !hints.areFar) await readPages(undefined);
  while (missing.size > few) {
    const { id } = newestOf([...missing.values()]);
    missing.delete(id);
    await retrieve(id);
    try {
      if (!await readPages(id)) return;
    } catch (error) {
      // Some servers refuse to continue after certain batches.
      if (!mayBeLost(error)) throw error;
      return;
    }
  }
}

function newestOf(batches: readonly Known[]): Known {
  const timeOf = ({ created_at }: Known) => millisecondsOf(created_at) ?? 0;
  return batches.reduce((newest, batch) => {
    const later = timeOf(batch) - timeOf(newest) || batch.rank - newest.rank;
    return later > 0 ? batch : newest;
  });
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
