/**
 * Finds what exists of a job at OpenAI: its truth is there and nowhere else.
 *
 * @module
 */

import { ConnectionError } from "../../errors.ts";
import type { Batches } from "../../rest/batches.ts";
import type { Files } from "../../rest/files.ts";
import type { Page } from "../../rest/page.ts";
import { LONGEST_PAGE } from "../../limits.ts";
import type { Batch, FileObject } from "../../types/batch.ts";
import { millisecondsOf } from "../state/batch.ts";

/** What was listed of a job. */
export interface Listed {
  /** Its input files and marks, the newest first. */
  files: FileObject[];
  /** Its batches, the newest first. */
  batches: Batch[];
  /** When the listing began, ms. */
  at: number;
}

/** Pages of batches that are searched for a job without files: it may have expired. */
const MAX_PAGES = 20;

/** How far a list was read that may have to be read on in another process. */
export interface Progress {
  /** When it was begun, ms: what is newer may be missing. */
  at: number;
  /** The last one of the pages that were read; undefined before the first. */
  after?: string | undefined;
  /** How many pages those were. */
  pages: number;
}

/**
 * Lists all batch input files.
 *
 * @param progress Where to go on; kept up to date.
 * @returns The files, page by page, the newest first.
 * @throws {ConnectionError} If the server has more than it shows.
 */
export async function* listInputFiles(
  files: Files,
  signal: AbortSignal | undefined,
  progress: Progress = { at: 0, pages: 0 },
): AsyncGenerator<FileObject> {
  const { after } = progress;
  const query = {
    purpose: "batch",
    limit: LONGEST_PAGE.files,
    ...(after && { after }),
  };
  const first = await files.list(query, { signal });
  for await (const page of readPages(first, progress)) {
    yield* page.data;
    if (!page.hasNextPage()) checkWhole(page, "files");
  }
}

/**
 * Lists batches back to a point in time: no batch is older than its file.
 *
 * @param since Milliseconds since the epoch; undefined for the newest 2,000.
 * @param progress Where to go on; kept up to date.
 * @returns The batches, page by page, the newest first.
 * @throws {ConnectionError} If the server has more than it shows, and shows none that is old enough.
 */
export async function* listBatchesSince(
  batches: Batches,
  since: number | undefined,
  signal: AbortSignal | undefined,
  progress: Progress = { at: 0, pages: 0 },
): AsyncGenerator<Batch> {
  const { after } = progress;
  const query = { limit: LONGEST_PAGE.batches, ...(after && { after }) };
  const first = await batches.list(query, { signal });
  for await (const page of readPages(first, progress)) {
    yield* page.data;
    // A page that was there before is empty: that tells nothing of what is older.
    const isOlder = since !== undefined && page.data.length > 0 &&
      page.data.every(({ created_at }) =>
        (millisecondsOf(created_at) ?? Infinity) < since
      );
    if (isOlder) return;
    if (since === undefined && progress.pages >= MAX_PAGES) return;
    if (since !== undefined && !page.hasNextPage()) checkWhole(page, "batches");
  }
}

/** A page counts as read once what comes after it is asked for. */
async function* readPages<T extends { id: string }>(
  first: Page<T>,
  progress: Progress,
): AsyncGenerator<Page<T>> {
  for (let page = first;; page = await page.getNextPage()) {
    progress.pages++;
    yield page;
    progress.after = page.data.at(-1)?.id ?? progress.after;
    if (!page.hasNextPage()) return;
  }
}

/** What isn't on a list would be sent, and paid for, again. */
function checkWhole({ has_more }: Page<unknown>, what: string): void {
  if (!has_more) return;
  throw new ConnectionError(
    `The server has more ${what} than it lists: its pages repeat themselves`,
    { code: "unreadable" },
  );
}
