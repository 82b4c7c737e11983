/**
 * A full queue is normal: when a refused batch is tried again, and how much it
 * takes.
 *
 * @module
 */

import type { ResultError } from "../../results/result.ts";
import type { Batch } from "../../types/batch.ts";
import { errorsOf, millisecondsOf, voidReason } from "../state/batch.ts";
import { whyUnanswered } from "../state/batch_errors.ts";
import type { Round } from "../state/round.ts";
import type { Wait } from "../state/waits.ts";

/** Pauses after a full queue, by the number of refusals so far, ms; the last one repeats. */
export const QUEUE_PAUSES: readonly number[] = [
  60_000,
  120_000,
  300_000,
  600_000,
  1_800_000,
];

/** Pauses after a file was not found, ms: uploads take a while to arrive everywhere. */
const FILE_PAUSES = [30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000];

/** How often a file may not be found until it is uploaded once more. */
export const FILE_PATIENCE = 4;

/** How long a file may not be found, new uploads of it included, ms … */
const FILE_LONGEST = 6 * 3_600_000;

/** … and for how long two tries count at most, ms: nobody tries while no process runs. */
const FILE_GAP = 3_600_000;

/** Characters per token where nobody counts better. */
const BYTES_PER_TOKEN = 4;

/**
 * When a round may be tried again after batches that never got into the queue.
 *
 * @param round The round.
 * @param seed Of this process, from 0 to 1: two that try at the same moment, each time, would never see each other and never get in.
 * @returns Milliseconds since the epoch, by the server's clock; 0 if there was no such batch.
 */
export function retryAt(round: Round, seed: number): number {
  const last = round.voids.at(-1);
  if (!last) return 0;
  const { pause, times } = pauseAfter(round, last);
  const jitter = (seed * (times + 1)) % 1;
  return refusedAt(last) + pause * (1 + jitter / 10);
}

/**
 * Why a round is given up whose file OpenAI has not found for too long.
 *
 * @param round The round.
 * @returns OpenAI's words; undefined if it is to be tried again.
 */
export function whyFileIsLost(round: Round): ResultError | undefined {
  const last = round.voids.at(-1);
  if (!last || voidReason(last) !== "file") return undefined;
  const times = round.voids.filter((batch) => voidReason(batch) === "file")
    .map(refusedAt);
  const tried = times.slice(1)
    .map((time, i) => Math.min(time - times[i]!, FILE_GAP))
    .reduce((sum, gap) => sum + gap, 0);
  const { pause } = pauseAfter(round, last);
  return tried + pause > FILE_LONGEST ? whyUnanswered(last) : undefined;
}

function pauseAfter(
  { voids }: Round,
  last: Batch,
): { pause: number; times: number } {
  const reason = voidReason(last);
  const pauses = reason === "file" ? FILE_PAUSES : QUEUE_PAUSES;
  const times = voids.filter((batch) => voidReason(batch) === reason).length;
  const pause = pauses[Math.min(times, pauses.length) - 1] as number;
  return { pause, times };
}

/**
 * What a round waits for after a batch that never got into the queue.
 *
 * @param round The round.
 * @param until Until when, ms.
 * @returns The wait, in the words of the refusal.
 */
export function waitForRefused(round: Round, until: number): Wait {
  const last = round.voids.at(-1);
  const reason = last && voidReason(last) || "queue";
  return { reason, until, message: last && reasonOf(last) };
}

/**
 * @param batch A batch that failed.
 * @returns Why, in the server's words; undefined if it does not say.
 */
export function reasonOf(batch: Batch): string | undefined {
  return errorsOf(batch)[0]?.message;
}

/**
 * How many input tokens a round puts into the queue.
 *
 * @param round The round.
 * @returns As counted, else estimated from its size.
 */
export function tokensOf(round: Round): number {
  return round.tokens ?? Math.ceil(round.bytes / BYTES_PER_TOKEN);
}

/**
 * @param batch A batch that never got into the queue.
 * @returns When it was told so, ms.
 */
export function refusedAt(batch: Batch): number {
  return millisecondsOf(batch.failed_at ?? batch.created_at) ?? 0;
}
