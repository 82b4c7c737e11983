/**
 * What exists of a job at OpenAI: its truth is there and nowhere else.
 *
 * @module
 */

import { JobConflictError } from "../errors.ts";
import type { Batches } from "../rest/batches.ts";
import type { Files } from "../rest/files.ts";
import type { Batch, FileObject } from "../types/batch.ts";
import { statusOf } from "./_batch_state.ts";
import { formatTag, parseTag, type Tag, TAG_KEY } from "./tag.ts";

/** The files and batches of one job. */
export interface Remote {
  /** Input files by their tag; of several the oldest. */
  files: Map<string, FileObject>;
  /** Batches by their tag; of several the oldest. None that failed: those ran nothing. */
  batches: Map<string, Batch>;
}

/**
 * Lists what exists of a job.
 *
 * @param rest The endpoints.
 * @param rest.files For the input files.
 * @param rest.batches For the batches.
 * @param job The job's id.
 * @param signal Ends the calls.
 * @returns Its files and batches.
 */
export async function listRemote(
  rest: { files: Files; batches: Batches },
  job: string,
  signal: AbortSignal | undefined,
): Promise<Remote> {
  const options = signal ? { signal } : {};
  const files = new Map<string, FileObject>();
  const query = { purpose: "batch", limit: 10_000 };
  for await (const file of rest.files.list(query, options)) {
    const tag = parseTag(file.filename);
    if (tag?.job === job) keepOldest(files, formatTag(tag), file);
  }
  const batches = await listBatches(rest.batches, files, options);
  return { files, batches };
}

/**
 * Finds the batches that run one of these files.
 *
 * @param endpoint The batches endpoint.
 * @param files The files, by their tag.
 * @param options Of the calls.
 * @returns The batches, by their tag.
 */
export async function listBatches(
  endpoint: Batches,
  files: ReadonlyMap<string, FileObject>,
  options: { signal?: AbortSignal },
): Promise<Map<string, Batch>> {
  const found = new Map<string, Batch>();
  if (files.size === 0) return found;
  const tags = new Map([...files].map(([tag, { id }]) => [id, tag]));
  const oldest = Math.min(...[...files.values()].map((f) => f.created_at));
  let page = await endpoint.list({ limit: 100 }, options);
  while (true) {
    for (const batch of page.data) {
      // Some servers drop the metadata.
      const tag = batch.metadata?.[TAG_KEY] ?? tags.get(batch.input_file_id);
      if (tag === undefined || !files.has(tag)) continue;
      if (statusOf(batch) !== "failed") keepOldest(found, tag, batch);
    }
    // The newest come first, and no batch is older than its file.
    const older = page.data.every(({ created_at }) => created_at < oldest);
    if (older || !page.hasNextPage()) return found;
    page = await page.getNextPage();
  }
}

/**
 * Refuses a part that stands for other input at OpenAI.
 *
 * @param remote What exists of the job.
 * @param tag The part as it would be sent.
 * @throws {JobConflictError} If the same part was sent with other lines.
 */
export function checkConflict(remote: Remote, tag: Tag): void {
  if (remote.files.has(formatTag(tag))) return;
  const other = [...remote.files.keys()].map(parseTag).find((there) =>
    there?.part === tag.part && there.round === tag.round
  );
  if (!other) return;
  const message = other.lines !== tag.lines
    ? `has ${tag.lines} requests, and had ${other.lines} when it was sent: the input, batchSize or maxBytes differ`
    : other.digest !== tag.digest
    ? "has other lines than when it was sent: the input or the params differ"
    : `was ${other.last ? "" : "not "}the last part when it was sent`;
  throw new JobConflictError(
    `Part ${tag.part} of the job ${tag.job} ${message}. One id, one input: ` +
      "take another id for other input",
    { part: tag.part, jobId: tag.job },
  );
}

/**
 * Refuses an input that ends before what was sent of it.
 *
 * @param remote What exists of the job.
 * @param job The job's id.
 * @param parts How many parts the input has.
 * @throws {JobConflictError} If there are more at OpenAI.
 */
export function checkEnd(remote: Remote, job: string, parts: number): void {
  const beyond = [...remote.files.keys()].map(parseTag).find((there) =>
    there !== undefined && there.part >= parts
  );
  if (!beyond) return;
  throw new JobConflictError(
    `The input of the job ${job} has ${parts} parts, and part ${beyond.part} was sent before: ` +
      "the input, batchSize or maxBytes differ. One id, one input: take another id for other input",
    { part: beyond.part, jobId: job },
  );
}

function keepOldest<T extends { id: string; created_at: number }>(
  map: Map<string, T>,
  key: string,
  item: T,
): void {
  const kept = map.get(key);
  const older = !kept || item.created_at < kept.created_at ||
    (item.created_at === kept.created_at && item.id < kept.id);
  if (older) map.set(key, item);
}
