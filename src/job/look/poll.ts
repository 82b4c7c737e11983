/**
 * `poll`: the generator that looks at batches until they have ended, as a
 * building block.
 *
 * @module
 */

import { checkPositive } from "../../check_options.ts";
import type { OpenAIBatch } from "../../client.ts";
import type { Batch } from "../../types/batch.ts";
import { hasEnded } from "../state/batch.ts";
import { Changes } from "./changes.ts";
import { pollIntervalAfter } from "./poll_interval.ts";
import { type Hints, refresh } from "./refresh.ts";

/** How long a batch created a moment ago may not be found, ms. */
const PATIENCE = 30_000;

/** How `poll` looks. */
export interface PollOptions {
  /** Ms between two looks. @default 5_000 at first, growing to 60_000 */
  pollInterval?: number;
  /** Ends the polling, which rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Looks at batches until all have ended: with a list call per 100 batches if that is
 * cheaper than retrieving each, and by retrieving the one that has looked the same
 * for longest, because some lists never change. A batch created a moment ago may not
 * be known yet: a 404 is waited out for half a minute.
 *
 * @param client Whose batches.
 * @param batchIds Which batches.
 * @param options How often.
 * @returns Each batch when it is first seen, and whenever its status or its counts have changed; the last time with a terminal status.
 *
 * @example
 * ```ts
 * import { OpenAIBatch, poll } from "@offpeak/openai-batch";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const client = new OpenAIBatch(createSimulator().options);
 * const line = { custom_id: "a", method: "POST", url: "/v1/embeddings", body: { model: "text-embedding-3-small", input: "Hi" } };
 * const file = new File([JSON.stringify(line) + "\n"], "batch.jsonl");
 * const { id: input_file_id } = await client.files.create({ file, purpose: "batch" });
 * const { id } = await client.batches.create({ input_file_id, endpoint: "/v1/embeddings", completion_window: "24h" });
 * for await (const batch of poll(client, [id])) console.log(batch.status);
 * ```
 */
export async function* poll(
  client: OpenAIBatch,
  batchIds: readonly string[],
  options: PollOptions = {},
): AsyncGenerator<Batch> {
  const { pollInterval, signal } = options;
  if (pollInterval !== undefined) checkPositive("pollInterval", pollInterval);
  const active = new Map(
    batchIds.map((id, rank) => [id, { id, created_at: 0, rank, seen: "" }]),
  );
  const hints: Hints = { areFar: false };
  const { clock } = client;
  const startedAt = clock.now();
  const changes = new Changes();
  while (active.size > 0) {
    const batches: Batch[] = [];
    await refresh(client.batches, [...active.values()], {
      signal,
      hints,
      changes,
      see: (batch) => batches.push(batch),
      lose: (_, error) => {
        if (clock.now() >= startedAt + PATIENCE) throw error;
      },
    });
    for (const batch of batches) {
      const { id, created_at } = batch;
      const known = active.get(id);
      if (!known) continue;
      const seen = JSON.stringify([batch.status, batch.request_counts]);
      if (hasEnded(batch)) active.delete(id);
      else active.set(id, { ...known, created_at, seen });
      if (known.seen !== seen) yield batch;
    }
    if (active.size === 0) return;
    const waited = clock.now() - startedAt;
    await clock.sleep(pollIntervalAfter(waited, pollInterval), signal);
  }
}
