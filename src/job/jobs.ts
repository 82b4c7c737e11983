/**
 * Finds jobs: by a batch, or all there are.
 *
 * @module
 */

import { JobExpiredError, JobNotFoundError } from "../errors.ts";
import type { Batches } from "../rest/batches.ts";
import type { Files } from "../rest/files.ts";
import type { Batch } from "../types/batch.ts";
import type { Clock } from "../types/platform.ts";
import { isGone } from "./_batch_state.ts";
import type { JobEngine } from "./engine.ts";
import { listInputFiles } from "./listing.ts";
import { Patience } from "./patience.ts";
import type { JobStatus } from "../progress/status.ts";
import { parseTag, TAG_KEY } from "./tag.ts";

/** The endpoints. */
interface Endpoints {
  files: Files;
  batches: Batches;
}

/**
 * The job of a batch.
 *
 * @param rest The endpoints.
 * @param batch A batch, or its id.
 * @returns The job's id; undefined if the batch is none of ours.
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
 * All jobs that have input files.
 *
 * @param files The files endpoint.
 * @param prefix What their ids begin with.
 * @returns Their ids, the newest first.
 */
export async function listJobIds(
  files: Files,
  prefix: string,
): Promise<string[]> {
  const ids = new Set<string>();
  for await (const { filename } of listInputFiles(files, undefined)) {
    const job = parseTag(filename)?.job;
    if (job?.startsWith(prefix)) ids.add(job);
  }
  return [...ids];
}

/**
 * Where a job stands that was listed.
 *
 * @param engine The job.
 * @param clock Measures the waits.
 * @returns Its status; undefined if somebody has deleted it meanwhile.
 */
export async function readStatus(
  engine: JobEngine,
  clock: Clock,
): Promise<JobStatus | undefined> {
  const patience = new Patience(clock, undefined);
  try {
    await patience.insist(() => engine.lookout.findJob());
    await patience.insist(() => engine.settle());
    return engine.status;
  } catch (error) {
    const isGone = error instanceof JobNotFoundError ||
      error instanceof JobExpiredError;
    if (isGone) return undefined;
    throw error;
  }
}
