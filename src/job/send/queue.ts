/**
 * A full queue is normal, and so is a file that has not arrived everywhere:
 * when a refused batch is tried again, and when it is pointless.
 *
 * @module
 */

import type { ResultError } from "../../results/result.ts";

/** A batch that never got into the queue. */
export interface Refusal {
  /** Why. */
  reason: "queue" | "file" | "credit";
  /** When it was told so. */
  at: number;
  /** The server's words, if it said any. */
  message: string | undefined;
  /** What becomes of its requests if it is the last word. */
  error: ResultError;
  /** Whether no batch of the job was queued for its model then. */
  isAlone: boolean;
  /** Whether those that were explain it: then it says nothing about other programs. */
  isExplained: boolean;
}

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

/** … and for how long two tries count at most, ms: without a process, nothing is tried. */
const FILE_GAP = 3_600_000;

/** A leaf is cut in half after so many refusals while nothing of the job was queued … */
const CUT_REFUSALS = 5;

/** … over so long a time, ms. */
const CUT_TIME = 3_600_000;

/** For so long is a single request refused, ms, until it fails though no limit says that it is too large. */
const HOPELESS_TIME = 24 * 3_600_000;

/**
 * When a batch may be tried again.
 *
 * @param refusals Those of its round that never got into the queue, the oldest first.
 * @param seed Of this process, from 0 to 1: by it, up to a tenth is added.
 * @returns The time; 0 if there was no such batch.
 */
export function retryAt(refusals: readonly Refusal[], seed: number): number {
  const last = refusals.at(-1);
  if (!last) return 0;
  const { pause, times } = pauseAfter(refusals, last);
  const jitter = (seed * (times + 1)) % 1;
  return last.at + pause * (1 + jitter / 10);
}

/**
 * Why a leaf is given up whose file OpenAI has not found for too long.
 *
 * @returns OpenAI's words; undefined if it is to be tried again.
 */
export function whyFileIsLost(
  refusals: readonly Refusal[],
): ResultError | undefined {
  const last = refusals.at(-1);
  if (last?.reason !== "file") return undefined;
  const times = refusals.filter(({ reason }) => reason === "file")
    .map(({ at }) => at);
  const tried = times.slice(1)
    .map((time, i) => Math.min(time - times[i]!, FILE_GAP))
    .reduce((sum, gap) => sum + gap, 0);
  const { pause } = pauseAfter(refusals, last);
  return tried + pause > FILE_LONGEST ? last.error : undefined;
}

/** @returns Whether it was refused again and again while nothing else of the job was queued. */
export function neverFits(refusals: readonly Refusal[]): boolean {
  return refusals.length >= CUT_REFUSALS &&
    alone(refusals).length >= CUT_REFUSALS && lastOf(refusals) >= CUT_TIME;
}

/** @returns Whether this has lasted so long that no other program can be to blame. */
export function isHopeless(refusals: readonly Refusal[]): boolean {
  return neverFits(refusals) && lastOf(refusals) >= HOPELESS_TIME;
}

/** For how long it was refused alone, ms. */
function lastOf(refusals: readonly Refusal[]): number {
  const all = alone(refusals);
  return (all.at(-1)?.at ?? 0) - (all[0]?.at ?? 0);
}

function alone(refusals: readonly Refusal[]): Refusal[] {
  return refusals.filter(({ reason, isAlone }) =>
    reason === "queue" && isAlone
  );
}

function pauseAfter(
  refusals: readonly Refusal[],
  last: Refusal,
): { pause: number; times: number } {
  const pauses = last.reason === "file" ? FILE_PAUSES : QUEUE_PAUSES;
  const times =
    refusals.filter(({ reason, isExplained }) =>
      reason === last.reason && !isExplained
    ).length || 1;
  const pause = pauses[Math.min(times, pauses.length) - 1] as number;
  return { pause, times };
}
