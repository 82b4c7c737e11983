/**
 * Shows that time passes during a wait.
 *
 * @module
 */

import type { Clock } from "../types/platform.ts";

/** Between two ticks, ms. */
const SECOND = 1_000;

/**
 * Waits for some work, and ticks each second meanwhile. Nothing ticks without a wait,
 * so that an abandoned stream doesn't keep the process alive; nor on a virtual clock,
 * on which seconds don't pass visibly.
 *
 * @param tick Called each second, and once more when the work is settled.
 */
export async function ticking<T>(
  work: Promise<T>,
  clock: Clock,
  tick: () => void,
): Promise<T> {
  const settled = new AbortController();
  if (!clock.isVirtual) void tickUntil(settled.signal, clock, tick);
  try {
    return await work;
  } finally {
    settled.abort();
    tick();
  }
}

async function tickUntil(
  signal: AbortSignal,
  clock: Clock,
  tick: () => void,
): Promise<void> {
  try {
    while (true) {
      await clock.sleep(SECOND, signal);
      tick();
    }
  } catch {
    // aborted
  }
}
