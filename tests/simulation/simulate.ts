/**
 * Runs a seed: draws its scenario, lets it happen, and checks what came of it.
 *
 * @module
 */

import { Checker, type Verdict } from "./check.ts";
import { clean } from "./cleaning.ts";
import type { Coverage } from "./coverage.ts";
import { withSeed } from "./determinism.ts";
import { type JobBatch, type JobLedger, readLedger } from "./ledger.ts";
import { drawScenario } from "./draw.ts";
import { SETTLE_TIME } from "./time.ts";
import { Simulation } from "./simulation.ts";

const DAY = 24 * 3_600_000;

/** What came of a seed. */
export interface Outcome extends Verdict {
  seed: number;
  /** Whether the job did not end in time. */
  stuck: boolean;
  /** What it has met. */
  coverage: Coverage;
}

/** Runs a seed. */
export async function simulate(seed: number): Promise<Outcome> {
  const simulation = new Simulation(drawScenario(seed));
  return await withSeed(seed, simulation.clock, () => run(simulation));
}

/** Runs a simulation. */
export async function run(simulation: Simulation): Promise<Outcome> {
  const { scenario, sim, server, clock, coverage, problems } = simulation;
  await simulation.inTime(simulation.live());
  await clock.advance(2 * DAY);
  const ledger = await readLedger(sim, server, scenario);
  const verdict = new Checker({ ...simulation, ledger }).verdict();
  const stuck = problems.some((text) => text.startsWith("stuck"));
  if (scenario.cleanup && !stuck) {
    const cleaning = clean(simulation, ledger).then((left) =>
      void problems.push(...left)
    );
    await simulation.inTime(cleaning);
  }
  if (simulation.faults.readsForEver) {
    problems.push("an error that never ends was read on and on");
  }
  cover(simulation, ledger);
  return {
    ...verdict,
    seed: scenario.seed,
    stuck,
    coverage,
    problems: [...problems, ...verdict.problems],
  };
}

function cover(simulation: Simulation, { batches }: JobLedger): void {
  const { coverage, scenario, deliveries } = simulation;
  const { lag } = scenario.oddities;
  for (const { wire } of batches) {
    coverage.count(`status: ${wire.status}`);
    const code = wire.errors?.data?.[0]?.code;
    if (code) coverage.count(`batch error: ${code}`);
  }
  for (const { fate } of scenario.workload.requests) {
    if (fate?.shape) coverage.count(`answer: ${fate.shape}`);
  }
  const isPastDeadline = deliveries.some(({ results }) =>
    results.some(({ error, via }) =>
      error?.code === "deadline" || via === "direct"
    )
  );
  const isAskedDirectly = deliveries.some(({ results }) =>
    results.some(({ via }) => via === "direct")
  );
  const isWatched = deliveries.some(({ life: { kind, isWatched } }) =>
    isWatched && ["submit", "step", "attach"].includes(kind)
  );
  const late = scenario.oddities.filesLate > 0
    ? batches.filter(({ round }) => round > 0)
    : [];
  const facts: [string, boolean][] = [
    ["slices", batches.some(({ part }) => part.includes(".l"))],
    ["lines named, then slices", batches.some(isCutAfterNaming(batches))],
    ["overlapping slices", batches.some((one) => batches.some(overlaps(one)))],
    ["list lag below settleTime", lag > 0 && lag <= SETTLE_TIME],
    ["list lag above settleTime", lag > SETTLE_TIME],
    ["answer: errors first", "errors_first" in scenario.batchFaults],
    ["answer: string bodies", "string_bodies" in scenario.batchFaults],
    ["quota", coverage.of("line without credit") > 0],
    ["deadline", isPastDeadline],
    ["asked directly", isAskedDirectly],
    ["clocks that differ", scenario.skew !== 0],
    ["watched while it is read", isWatched],
    [
      "wrong date and late files",
      scenario.oddities.wrongDateEvery !== undefined &&
      (scenario.batchFaults.late_files ?? 0) > 0,
    ],
    ["follow-up of late files", late.length > 0],
    [
      "follow-up of late files cancelled",
      late.some(({ wire }) => wire.status === "cancelled") &&
      !simulation.cancelCalled && scenario.options.batchTimeout === undefined &&
      scenario.options.deadline === undefined &&
      coverage.of("cancelled by somebody else") === 0,
    ],
    ["other metadata", new Set(batches.map(metadataOf)).size > 1],
  ];
  for (const [name, isSo] of facts) if (isSo) coverage.count(name);
}

/** Whether lines of a part were named before it was cut. */
function isCutAfterNaming(
  batches: readonly JobBatch[],
): (named: JobBatch) => boolean {
  return ({ part, round, wire: { errors } }) =>
    !part.includes(".l") &&
    errors?.data?.some(({ line }) => line) === true &&
    batches.some((later) =>
      later.part.startsWith(`${part}.l`) && later.round > round
    );
}

/** Whether two batches of a round ran that share some lines only. */
function overlaps(one: JobBatch): (other: JobBatch) => boolean {
  const { part, round, ids } = one;
  return (other) =>
    part.split(".")[0] === other.part.split(".")[0] && part !== other.part &&
    round === other.round && !isRefused(one) && !isRefused(other) &&
    [...ids].some((id) => other.ids.has(id));
}

function isRefused({ wire: { status } }: JobBatch): boolean {
  return status === "failed";
}

/** The pairs of a batch, the module's own left out. */
function metadataOf({ wire }: JobBatch): string {
  const { offpeak: _, ...pairs } = wire.metadata ?? {};
  return JSON.stringify(pairs);
}
