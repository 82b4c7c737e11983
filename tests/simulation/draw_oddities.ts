/**
 * Draws how a server differs from the simulator.
 *
 * @module
 */

import { cancelIn } from "./draw_lives.ts";
import type { Random } from "./random.ts";
import type { Oddities, Scenario } from "./scenario.ts";
import { HOUR, MINUTE, SECOND, SETTLE_TIME } from "./time.ts";
import { drawShapes } from "./workload.ts";

export function drawOddities(random: Random): Oddities {
  const odd = random.chance(0.4) ? 0.35 : 0;
  return {
    lag: drawLag(random),
    noMetadata: random.chance(odd),
    capitals: random.chance(odd),
    isoDates: random.chance(odd),
    noFileId: random.chance(odd) ? random.pick(["", {}, undefined]) : null,
    noCounts: random.chance(odd),
    keepsInput: random.chance(odd / 2),
    messyLines: random.chance(odd),
    uploadRace: random.chance(odd / 2) ? random.integer(1, 30) * MINUTE : 0,
    queueFullUntil: random.chance(0.06) ? random.integer(1, 10) * HOUR : 0,
    queueShared: { until: 0, share: 0 },
    crowded: random.chance(0.1),
    longestPage: undefined,
    cursors: undefined,
    lists: undefined,
    unknownFor: 0,
    says410: false,
    wrongDateEvery: undefined,
    filesLate: 0,
    errorsAs: undefined,
    foreignNames: false,
    rewritesInput: false,
    inputIsLogin: false,
    wrongBytes: false,
  };
}

/** Half a second below `settleTime` at the most: what a dead process has sent takes time too. */
function drawLag(random: Random): number {
  const kind = random.next();
  if (kind < 0.4) return 0;
  if (kind < 0.9) return random.integer(SECOND, SETTLE_TIME - 500);
  return random.integer(SETTLE_TIME + SECOND, 3 * MINUTE);
}

/** What a server's answers are not to be trusted in. */
export function distrust(scenario: Scenario, random: Random): void {
  const { oddities, options, batchFaults, lives, beside } = scenario;
  if (random.chance(0.06)) oddities.longestPage = random.integer(3, 20);
  if (random.chance(0.06)) {
    oddities.cursors = random.pick(["ignored", "repeated", "deleted"]);
  }
  const { cursors } = oddities;
  if (cursors) oddities.longestPage = random.integer(3, 8);
  // Twins are seen where a page shows many.
  if (beside && oddities.longestPage) oddities.longestPage += 40;
  if (random.chance(0.05)) {
    oddities.lists = random.pick(["frozen", "without files"]);
  }
  if (random.chance(0.05)) oddities.unknownFor = random.integer(2, 25) * SECOND;
  oddities.says410 = random.chance(0.05);
  if (random.chance(0.1)) {
    oddities.wrongDateEvery = random.integer(8, 20);
    if (random.chance(0.7)) batchFaults.late_files = 1;
  }
  if (random.chance(0.07)) {
    oddities.filesLate = random.integer(15, 20) * MINUTE;
    options.pollInterval = random.integer(2, 20) * MINUTE;
    scenario.again = true;
    if (options.maxAttempts < 2) options.maxAttempts = 2;
  }
  if (random.chance(0.2)) oddities.errorsAs = random.pick(["list", "entry"]);
  oddities.foreignNames = random.chance(0.04);
  oddities.rewritesInput = random.chance(0.06);
  oddities.inputIsLogin = random.chance(0.5);
  if (random.chance(0.04)) {
    oddities.wrongBytes = true;
    batchFaults.missing_lines ??= 0.3;
  }
  if (random.chance(0.06)) {
    const call = random.pick(["batches.cancel", "files.retrieve"]);
    scenario.faults = { share: 0.6, call, until: 30 * HOUR, outage: undefined };
    batchFaults.missing_lines ??= 0.3;
    if (call === "batches.cancel") cancelIn(random.pick(lives), HOUR);
  }
  const all = beside ? [...lives, beside.life] : lives;
  // Whoever begins anew at each step retrieves everything: few calls get nowhere.
  if (oddities.lists) { for (const life of all) life.maxCalls = Infinity; }
  // Refusals that each process has to find out one by one tell each another story of the queue.
  if (oddities.lists === "frozen") oddities.queueFullUntil = 0;
  // Files whose sizes are wrong are read three times, and each wake-up reads them anew: few calls never get through the twins of a part.
  if (oddities.wrongBytes) { for (const life of all) life.maxCalls = Infinity; }
  if (!random.chance(0.1)) return;
  for (const life of all) {
    life.pairs = random.pick([undefined, random.integer(0, 15), 15]);
  }
}

/** Servers of other kinds: result lines in their words, and batches that are refused as a whole. */
export function drawOddAnswers(scenario: Scenario, random: Random): void {
  const { workload, batchFaults } = scenario;
  if (random.chance(0.45)) drawShapes(workload, random);
  if (random.chance(0.15)) batchFaults.string_bodies = 1;
  if (random.chance(0.15)) batchFaults.errors_first = random.pick([0.3, 1]);
  if (random.chance(0.1)) batchFaults.internal_error = random.pick([0.1, 0.4]);
  if (random.chance(0.1)) batchFaults.named_lines = random.pick([0.05, 0.2]);
  if (!random.chance(0.075)) return;
  batchFaults.billing_hard_limit_reached = random.pick([0.05, 0.2]);
}
