/**
 * Finds jobs: by a batch, or all there are.
 *
 * @module
 */

import { JobExpiredError, JobNotFoundError } from "../errors.ts";
import type { Batches } from "../rest/batches.ts";
import type { Files } from "../rest/files.ts";
import type { Batch, FileObject } from "../types/batch.ts";
import type { Clock } from "../types/platform.ts";
import type { JobEngine } from "./engine.ts";
import { millisecondsOf } from "./state/batch.ts";
import { listBatchesSince, type Listed, listInputFiles } from "./look/lists.ts";
import type { JobStatus } from "../progress/job_status.ts";
import { parseMark } from "./state/marks.ts";
import { parseTag, TAG_KEY } from "./state/tag.ts";
import { isGone } from "../rest/retry.ts";

/** What `client.jobs` reports of a job. */
export interface ListedJob extends JobStatus {
  /** The job's name, for `attach`. */
  id: string;
  /** Its batches as listed; their `usage` says what they have used so far. */
  batches: Batch[];
}

/** The endpoints. */
interface Endpoints {
  files: Files;
  batches: Batches;
}

/**
 * The job of a batch.
 *
 * @returns The job's id; undefined if this module didn't create the batch.
 * @throws {APIError} If there is no such batch.
 */
export async function findJobOf(
  rest: Endpoints,
  batch: string | Batch,
): Promise<string | undefined> {
  const { metadata, input_file_id } = typeof batch === "string"
    ? await rest.batches.retrieve(batch)
    : batch;
  const tag = parseTag(metadata?.[TAG_KEY]);
  if (tag) return tag.job;
  try {
    const { filename } = await rest.files.retrieve(input_file_id);
    return parseTag(filename)?.job;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/**
 * All jobs with input files, with one listing of the files and one of the batches.
 *
 * @returns What there is of each, the newest first.
 */
export async function listJobs(
  rest: Endpoints,
  prefix: string,
  clock: Clock,
): Promise<Map<string, Listed>> {
  const at = clock.now();
  const jobs = new Map<string, Listed>();
  const marks: [string, FileObject][] = [];
  const jobOf = new Map<string, string>();
  let oldest = Infinity;
  for await (const file of listInputFiles(rest.files, undefined)) {
    const job = parseTag(file.filename)?.job;
    const marked = parseMark(file)?.job;
    if (marked?.startsWith(prefix)) marks.push([marked, file]);
    if (!job?.startsWith(prefix)) continue;
    const known = jobs.get(job) ?? { files: [], batches: [], at };
    jobs.set(job, known);
    known.files.push(file);
    jobOf.set(file.id, job);
    oldest = Math.min(oldest, millisecondsOf(file.created_at) ?? 0);
  }
  for (const [job, file] of marks) jobs.get(job)?.files.push(file);
  if (jobs.size === 0) return jobs;
  for await (const batch of listBatchesSince(rest.batches, oldest, undefined)) {
    const job = jobOf.get(batch.input_file_id) ??
      parseTag(batch.metadata?.[TAG_KEY])?.job;
    if (job !== undefined) jobs.get(job)?.batches.push(batch);
  }
  return jobs;
}

/**
 * The status of a job that was found: its answers are read as far as needed, and
 * nothing is changed.
 *
 * @returns Its status; undefined if it was deleted in the meantime.
 */
export async function readStatus(
  engine: JobEngine,
): Promise<JobStatus | undefined> {
  const retries = engine.retryLoop(undefined);
  try {
    await retries.insist(() => engine.settle());
    return engine.parts.gone ? undefined : engine.status;
  } catch (error) {
    const isGone = error instanceof JobNotFoundError ||
      error instanceof JobExpiredError;
    if (isGone) return undefined;
    throw error;
  }
}
