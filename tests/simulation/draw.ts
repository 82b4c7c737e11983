/**
 * Draws what a seed stands for.
 *
 * @module
 */

import { crashAtDeadline } from "./draw_deadline.ts";
import { cancelIn, drawBeside, drawLives, drawTime } from "./draw_lives.ts";
import { drawFaults, drawSpan } from "./draw_faults.ts";
import { distrust, drawOddAnswers, drawOddities } from "./draw_oddities.ts";
import { drawNamedLines, drawQueue } from "./draw_queue.ts";
import { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { HOUR, MINUTE } from "./time.ts";
import { drawWorkload } from "./workload.ts";

/** Draws a scenario. */
export function drawScenario(seed: number): Scenario {
  const random = new Random(seed);
  // What was thought of later leaves the rest of a seed as it was.
  const late = new Random(seed + 2e9);
  const isQueueSmall = random.chance(0.26);
  const batchSize = random.integer(1, 10);
  const maxAttempts = random.integer(1, 4);
  const workload = drawWorkload(random.fork(), {
    maxAttempts,
    isLong: isQueueSmall,
    isSmall: isQueueSmall && batchSize < 3,
  });
  const oddities = drawOddities(random.fork());
  const lives = drawLives(random.fork());
  for (const life of lives) life.isWatched = late.chance(0.2);
  const beside = random.chance(0.12) ? drawBeside(random.fork()) : undefined;
  const faults = drawFaults(random.fork());
  // Else these faults would have nothing to strike.
  const mustCancel = faults.call === "batches.cancel";
  if (mustCancel) faults.share = 0.4;
  if (mustCancel) cancelIn(random.pick(lives), random.integer(MINUTE, HOUR));
  else if (random.chance(0.1)) cancelIn(random.pick(lives), drawTime(random));
  const scenario: Scenario = {
    seed,
    workload,
    oddities,
    faults,
    batchFaults: drawBatchFaults(random.fork()),
    enqueuedTokens: isQueueSmall ? random.integer(350, 900) : undefined,
    tokenRate: 1,
    noCredit: random.chance(0.18) ? drawSpan(random, 2, 8) : undefined,
    strangerCancels: random.chance(0.1)
      ? Array.from(
        { length: random.integer(1, 3) },
        () => random.integer(MINUTE, 6 * HOUR),
      )
      : [],
    options: {
      batchSize,
      maxBytes: random.chance(0.2) ? random.integer(400, 3_000) : undefined,
      maxAttempts,
      pollInterval: random.chance(0.06)
        ? undefined
        : random.integer(5, 40) * MINUTE,
      deadline: random.chance(0.2)
        ? random.integer(MINUTE, random.pick([1, 3, 30]) * HOUR)
        : undefined,
      batchTimeout: random.chance(0.08)
        ? random.integer(10 * MINUTE, 20 * HOUR)
        : undefined,
      // One batch after the other, each a day long, must not outlive their files.
      maxActiveBatches: random.chance(0.1)
        ? random.integer(1, 4) * (batchSize < 4 ? 4 : 1)
        : undefined,
      maxEnqueuedTokens: random.chance(0.1)
        ? random.integer(50, 1_000)
        : undefined,
      atDeadline: late.pick(["fail", "direct"]),
    },
    skew: late.chance(0.15) ? late.pick([-20, -2, 2, 20]) * MINUTE : 0,
    lives,
    beside,
    again: random.chance(0.3),
    cleanup: random.chance(0.2) ? { faults: random.chance(0.7) } : undefined,
  };
  const latest = new Random(seed + 3e9);
  if (latest.chance(0.02)) crashAtDeadline(scenario, latest);
  distrust(scenario, new Random(seed + 4e9));
  drawOddAnswers(scenario, new Random(seed + 5e9));
  if (isQueueSmall) drawQueue(scenario, new Random(seed + 6e9));
  if (isQueueSmall) drawNamedLines(scenario, new Random(seed + 7e9));
  return scenario;
}

function drawBatchFaults(random: Random): Record<string, number> {
  const share = () => random.pick([0.1, 0.3, 1]);
  const faults: Record<string, number> = {};
  if (random.chance(0.2)) faults.expired = share();
  if (random.chance(0.2)) faults.late_files = share();
  if (random.chance(0.15)) faults.missing_lines = share();
  if (random.chance(0.15)) faults.empty_error_file = share();
  return faults;
}
