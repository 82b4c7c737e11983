/**
 * Creates the batch of a round, and never a second one.
 *
 * @module
 */

import { APIError, ConnectionError, OpenAIBatchError } from "../../errors.ts";
import { BATCH_LIMITS } from "../../limits.ts";
import type { Batch, FileObject } from "../../types/batch.ts";
import type { JobSettings } from "../options.ts";
import type { Round } from "../state/round.ts";
import type { Services } from "../services.ts";
import { formatTag, type Tag, TAG_KEY } from "../state/tag.ts";

/** How long creates may get no answer that can be read, ms. */
const LONGEST_TROUBLE = 6 * 3_600_000;

/**
 * Creates a batch. `POST /batches` has no idempotency key: after a call
 * without an answer, the round remembers since when a batch may exist that the
 * lists don't show yet.
 *
 * @param input Its file, what that says, and its endpoint.
 * @param input.example Another batch of the job: after `attach`, the options it was submitted with are unknown.
 * @throws {APIError} If the API refuses it.
 * @throws {OpenAIBatchError} If no create has got an answer for 6 hours.
 */
export async function createBatch(
  round: Round,
  input: {
    file: FileObject;
    tag: Tag;
    endpoint: string;
    example: Batch | undefined;
  },
  see: (batch: Batch) => void,
  services: Services,
  settings: Pick<JobSettings, "batch" | "signal">,
): Promise<void> {
  const { batches, clock } = services;
  const { batch, signal } = settings;
  const params = {
    completion_window: input.example?.completion_window ?? "24h",
    ...batch,
    input_file_id: input.file.id,
    endpoint: input.endpoint,
    metadata: {
      ...ownPairs(batch.metadata ?? input.example?.metadata),
      [TAG_KEY]: formatTag(input.tag),
    },
  };
  signal?.throwIfAborted();
  try {
    // It is not aborted: an unknown batch can't be cancelled.
    see(await batches.create(params));
  } catch (error) {
    if (!isAmbiguous(error)) throw error;
    const now = clock.now();
    round.unansweredSince = now;
    round.troubleSince ??= now;
    if (now - round.troubleSince > LONGEST_TROUBLE) throw neverAnswered(error);
  }
}

/** Every other call succeeds: it will not pass by itself. */
function neverAnswered(cause: unknown): OpenAIBatchError {
  const { code, message } = cause as OpenAIBatchError;
  return new OpenAIBatchError(
    `No batch could be created for 6 hours, and none has appeared: ${message}`,
    { code, cause },
  );
}

/** The caller's pairs, else those of an earlier batch: servers add some of their own. */
function ownPairs(
  metadata: Record<string, string> | null | undefined,
): Record<string, string> {
  const pairs = Object.entries(metadata ?? {}).filter(([key, value]) =>
    key !== TAG_KEY && typeof value === "string"
  );
  return Object.fromEntries(pairs.slice(0, BATCH_LIMITS.metadataPairs - 1));
}

function isAmbiguous(error: unknown): boolean {
  return (error instanceof APIError || error instanceof ConnectionError) &&
    error.ambiguous;
}
