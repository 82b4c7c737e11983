/**
 * Draws the processes that work on a job, and when they die.
 *
 * @module
 */

import { CALLS } from "./draw_faults.ts";
import type { Random } from "./random.ts";
import type { Crash, Life, LifeKind, Scenario } from "./scenario.ts";
import { HOUR, MINUTE } from "./time.ts";

/** All but the last one drop dead, unless they are done before. */
export function drawLives(random: Random): Life[] {
  const crashes = random.pick([0, 0, 1, 1, 2, 4]);
  const lives = Array.from(
    { length: crashes + 1 },
    (_, number) => drawLife(random.fork(), number < crashes ? 1 : 0),
  );
  for (const [i, { crash }] of lives.slice(0, -1).entries()) {
    // A step right behind it can't see what was created.
    if (crash?.call !== "batches.create" || random.chance(0.6)) continue;
    Object.assign(lives[i + 1]!, { kind: "cron", pause: 0, fromRecord: false });
  }
  // There is nothing to attach to yet.
  lives[0]!.kind = random.pick(["run", "run", "stream", "submit", "step"]);
  return lives;
}

export function drawBeside(random: Random): Scenario["beside"] {
  const life = drawLife(random, 0.4);
  if (random.chance(0.15)) cancelIn(life, drawTime(random));
  return { life, delay: random.pick([0, 1_000, random.integer(0, 2 * HOUR)]) };
}

/** A process that still has a job in its hand after a while, to cancel it. */
export function cancelIn(life: Life, time: number): void {
  life.cancelAfter = time;
  if (life.kind === "run" || life.kind === "stream") life.kind = "submit";
}

export function drawTime(random: Random): number {
  return random.pick([
    0,
    random.integer(0, 10 * MINUTE),
    random.integer(0, 30 * HOUR),
  ]);
}

export function drawLife(random: Random, crashes: number): Life {
  return {
    kind: random.pick<LifeKind>([
      "run",
      "run",
      "stream",
      "submit",
      "step",
      "attach",
      "parts",
      "cron",
    ]),
    crash: random.chance(crashes) ? drawCrash(random) : undefined,
    pause: random.pick([
      0,
      0,
      random.integer(0, MINUTE),
      random.integer(0, 3 * HOUR),
    ]),
    fromRecord: random.chance(0.5),
    maxCalls: random.chance(0.3) ? random.integer(12, 30) : Infinity,
    cancelAfter: undefined,
    isWatched: false,
    pairs: undefined,
    tokenRate: undefined,
  };
}

function drawCrash(random: Random): Crash {
  const after = random.chance(0.5);
  if (random.chance(0.35)) {
    const nth = random.integer(1, 4);
    return { call: "batches.create", nth, after: random.chance(0.8) };
  }
  if (random.chance(0.2)) {
    return { call: random.pick(CALLS), nth: random.integer(1, 4), after };
  }
  const nth = random.integer(1, random.pick([8, 40, 200]));
  return { call: undefined, nth, after };
}
