/**
 * Finds what exists of a job at OpenAI: its truth is there and nowhere else.
 *
 * @module
 */

import type { Batches } from "../rest/batches.ts";
import type { Files } from "../rest/files.ts";
import type { Batch, FileObject } from "../types/batch.ts";
import { millisecondsOf } from "./_batch_state.ts";

/** Pages of batches that are searched for a job without files: it may have expired. */
const MAX_PAGES = 20;

/**
 * Lists all batch input files.
 *
 * @param files The files endpoint.
 * @param signal Ends the calls.
 * @returns The files, page by page, the newest first.
 */
export async function* listInputFiles(
  files: Files,
  signal: AbortSignal | undefined,
): AsyncGenerator<FileObject> {
  yield* files.list({ purpose: "batch", limit: 10_000 }, { signal });
}

/**
 * Lists batches back to a point in time: no batch is older than its file.
 *
 * @param batches The batches endpoint.
 * @param since Milliseconds since the epoch; undefined for the newest 2,000.
 * @param signal Ends the calls.
 * @returns The batches, the newest first.
 */
export async function* listBatchesSince(
  batches: Batches,
  since: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch> {
  let page = await batches.list({ limit: 100 }, { signal });
  for (let pages = 1;; pages++) {
    yield* page.data;
    const isOlder = since !== undefined &&
      page.data.every(({ created_at }) =>
        (millisecondsOf(created_at) ?? Infinity) < since
      );
    if (isOlder || !page.hasNextPage()) return;
    if (since === undefined && pages === MAX_PAGES) return;
    page = await page.getNextPage();
  }
}
