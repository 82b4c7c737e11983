/**
 * Creates the batch of an uploaded part, and never a second one.
 *
 * @module
 */

import { APIError, ConnectionError } from "../errors.ts";
import type { JobSettings } from "./options.ts";
import type { PartState } from "./part_state.ts";
import { listBatches } from "./remote.ts";
import type { Surroundings } from "./surroundings.ts";
import { formatTag, TAG_KEY } from "./tag.ts";

/**
 * Creates a part's batch. `POST /batches` has no idempotency key: after a call
 * without an answer, the batch is looked for until it would have shown in the
 * list, and only then created again. Until that is known the part stays
 * without a batch, and this is to be called again.
 *
 * @param part The part.
 * @param around The endpoints and the time.
 * @param settings The job's options.
 * @throws {APIError} If the API refuses it.
 */
export async function createBatch(
  part: PartState,
  around: Surroundings,
  settings: JobSettings,
): Promise<void> {
  const { batches, clock, settleTime } = around;
  const options = settings.signal ? { signal: settings.signal } : {};
  const tag = formatTag(part.tag);
  if (part.unansweredSince !== undefined) {
    const files = new Map([[tag, part.file]]);
    const batch = (await listBatches(batches, files, options)).get(tag);
    if (batch) return part.see(batch, clock.now());
    if (clock.now() < part.unansweredSince + settleTime) return;
  }
  const params = {
    completion_window: "24h",
    ...settings.batch,
    input_file_id: part.file.id,
    endpoint: part.endpoint,
    metadata: { ...settings.batch.metadata, [TAG_KEY]: tag },
  };
  try {
    part.see(await batches.create(params, options), clock.now());
  } catch (error) {
    if (!isAmbiguous(error)) throw error;
    part.unansweredSince = clock.now();
  }
}

function isAmbiguous(error: unknown): boolean {
  return (error instanceof APIError || error instanceof ConnectionError) &&
    error.ambiguous;
}
