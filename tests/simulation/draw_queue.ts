/**
 * Draws queues that are full, and processes that cut for them differently.
 *
 * @module
 */

import { drawLife } from "./draw_lives.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { HOUR, SECOND, SETTLE_TIME } from "./time.ts";

/** Nobody counts tokens alike, and a queue may be used by others. */
export function drawQueue(scenario: Scenario, random: Random): void {
  const { lives, oddities, options } = scenario;
  const draw = () => random.integer(75, 125) / 100;
  if (random.chance(0.3)) {
    Object.assign(options, { batchSize: 10, maxBytes: undefined });
    if (random.chance(0.5)) drawOtherSlices(scenario, random);
  }
  const { beside } = scenario;
  if (random.chance(0.6)) scenario.tokenRate = draw();
  for (const life of beside ? [...lives, beside.life] : lives) {
    if (random.chance(0.6)) life.tokenRate ??= draw();
  }
  if (!random.chance(0.25)) return;
  const until = random.integer(1, 10) * HOUR;
  oddities.queueShared = { until, share: random.pick([0.3, 0.7]) };
}

/** Lines that are named, of parts that do not fit the queue. */
export function drawNamedLines(
  { batchFaults }: Scenario,
  random: Random,
): void {
  if (random.chance(0.3)) batchFaults.named_lines ??= random.pick([0.05, 0.2]);
}

/** Two processes at the same time, which cut a part in different ways. */
function drawOtherSlices(scenario: Scenario, random: Random): void {
  const { lives, oddities, options, workload } = scenario;
  const { requests } = workload;
  workload.requests = Array.from(
    { length: random.integer(14, 24) },
    (_, i) => ({
      ...(requests[i] ?? { ...requests[0]!, fate: undefined }),
      id: requests[0]!.id && `id-${i}`,
      model: undefined,
    }),
  );
  // Slices of both have room at the same time, and none takes a day.
  scenario.enqueuedTokens = 1_100;
  delete scenario.batchFaults.expired;
  Object.assign(options, {
    batchSize: 25,
    maxEnqueuedTokens: undefined,
    maxActiveBatches: undefined,
    // Both see at the same time what is refused.
    pollInterval: undefined,
  });
  Object.assign(lives[0]!, { kind: "run", crash: undefined, tokenRate: 2 });
  const life = { ...drawLife(random.fork(), 0), tokenRate: 3 };
  life.kind = random.pick(["run", "stream", "submit"]);
  scenario.beside = { life, delay: random.integer(0, SECOND) };
  if (random.chance(0.5)) {
    oddities.lag = random.integer(10 * SECOND, SETTLE_TIME);
  }
}
