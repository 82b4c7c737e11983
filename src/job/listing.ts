/**
 * Finds what exists of a job at OpenAI: its truth is there and nowhere else.
 *
 * @module
 */

import { ConnectionError } from "../errors.ts";
import type { Batches } from "../rest/batches.ts";
import type { Files } from "../rest/files.ts";
import type { Page } from "../rest/page.ts";
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
 * @throws {ConnectionError} If the server has more than it shows.
 */
export async function* listInputFiles(
  files: Files,
  signal: AbortSignal | undefined,
): AsyncGenerator<FileObject> {
  let page = await files.list({ purpose: "batch", limit: 10_000 }, { signal });
  yield* page.data;
  while (page.hasNextPage()) {
    page = await page.getNextPage();
    yield* page.data;
  }
  checkWhole(page, "files");
}

/**
 * Lists batches back to a point in time: no batch is older than its file.
 *
 * @param batches The batches endpoint.
 * @param since Milliseconds since the epoch; undefined for the newest 2,000.
 * @param signal Ends the calls.
 * @returns The batches, the newest first.
 * @throws {ConnectionError} If the server has more than it shows, and shows none that is old enough.
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
    if (isOlder) return;
    if (since === undefined && pages === MAX_PAGES) return;
    if (!page.hasNextPage()) {
      return since === undefined ? undefined : checkWhole(page, "batches");
    }
    page = await page.getNextPage();
  }
}

/** What is not on a list would be sent again, and paid again. */
function checkWhole({ has_more }: Page<unknown>, what: string): void {
  if (!has_more) return;
  throw new ConnectionError(
    `The server has more ${what} than it lists: its pages repeat themselves`,
    { code: "unreadable" },
  );
}
