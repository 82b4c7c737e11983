/**
 * Since when batches have looked the same. Looking at those first shows whether a list
 * can be believed.
 *
 * @module
 */

import type { Batch } from "../../types/batch.ts";
import { countsOf, resultFilesOf, statusOf } from "../state/batch.ts";

/** How a batch looked the last time. */
interface Look {
  /** Its status and its files. */
  state: string;
  /** How many of its requests are done. */
  counts: string;
  /** Which look first showed it like that, or confirmed it. */
  since: number;
}

/** What the looks of one process have shown. */
export class Changes {
  readonly #looks = new Map<string, Look>();
  #number = 0;

  /**
   * Takes note of a batch.
   *
   * @returns Whether its status or its files have changed since it was noted last.
   */
  note(batch: Batch): boolean {
    const known = this.#looks.get(batch.id);
    const state = JSON.stringify([statusOf(batch), resultFilesOf(batch)]);
    const counts = JSON.stringify(countsOf(batch));
    const isSame = known?.state === state && known.counts === counts;
    const since = isSame ? known.since : ++this.#number;
    this.#looks.set(batch.id, { state, counts, since });
    return known !== undefined && known.state !== state;
  }

  /**
   * Takes note of a batch that was retrieved by its id.
   *
   * @returns Whether its status or its files have changed since it was noted last.
   */
  confirm(batch: Batch): boolean {
    const isNews = this.note(batch);
    this.#looks.get(batch.id)!.since = ++this.#number;
    return isNews;
  }

  /** @returns The same, those first that have looked the same for longest. */
  oldestFirst(ids: readonly string[]): string[] {
    const since = (id: string) => this.#looks.get(id)?.since ?? 0;
    return ids.toSorted((a, b) => since(a) - since(b));
  }
}
