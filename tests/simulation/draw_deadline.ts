/**
 * Draws a deadline that no process is there to see.
 *
 * @module
 */

import { drawLife } from "./draw_lives.ts";
import type { Random } from "./random.ts";
import type { Crash, LifeKind, Scenario } from "./scenario.ts";
import { SECOND, SETTLE_TIME, START } from "./time.ts";

/** The deadline passes while a batch of a dead process is not listed yet. */
export function crashAtDeadline(scenario: Scenario, random: Random): void {
  const { lives, oddities, options, workload } = scenario;
  const [first] = workload.requests;
  // One part: else the last process would find the input incomplete.
  workload.requests = workload.requests.slice(0, options.batchSize)
    .map((request) => ({ ...request, model: first!.model }));
  options.maxBytes = undefined;
  // The first one leaves a file that all can see, the second one a batch.
  const crash: Crash = { call: "batches.create", nth: 1, after: false };
  Object.assign(lives[0]!, { crash, pause: 0 });
  const second: LifeKind = random.pick(["run", "stream", "submit"]);
  lives[1] = {
    ...drawLife(random.fork(), 0),
    kind: second,
    pause: 0,
    crash: { ...crash, after: true },
  };
  const third: LifeKind = random.pick(["attach", "parts", "cron"]);
  const pause = random.integer(0, 10 * SECOND);
  lives[2] = { ...drawLife(random.fork(), 0), kind: third, pause };
  // Each one with the input waits for so long before it sends anything.
  const sent = START + 2 * SETTLE_TIME;
  options.deadline = new Date(sent + random.integer(0, 10 * SECOND));
  options.atDeadline = "fail";
  oddities.lag = random.integer(20 * SECOND, SETTLE_TIME - 500);
  scenario.skew = 0;
}
