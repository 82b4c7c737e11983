/**
 * The end of a job: its files are deleted, through faults if it is to be.
 *
 * @module
 */

import type { JobLedger } from "./ledger.ts";
import { cleanUp, isPassing, JOB } from "./lives.ts";
import type { Simulation } from "./simulation.ts";

const HOUR = 3_600_000;

/**
 * Cleans up until it goes well.
 *
 * @returns What is wrong.
 */
export async function clean(
  simulation: Simulation,
  ledger: JobLedger,
): Promise<string[]> {
  const { scenario, faults, clock, start } = simulation;
  const share = scenario.cleanup?.faults ? 0.3 : 0;
  const until = clock.now() - start + HOUR;
  faults.schedule = { share, until, call: undefined, outage: undefined };
  for (let tries = 0; tries < 48; tries++) {
    try {
      await cleanUp(simulation.world, simulation.startProcess());
      return leftovers(simulation, ledger);
    } catch (error) {
      if (isGone(error)) return [];
      if (!isPassing(error)) return [`cleanup: ${(error as Error).stack}`];
      await clock.sleep(HOUR / 2);
    }
  }
  return ["stuck: cleanup never went well"];
}

/** A job that never got to OpenAI, or of which all is deleted already. */
function isGone(error: unknown): boolean {
  const { name } = error as Error;
  return name === "JobNotFoundError" || name === "JobExpiredError";
}

function leftovers({ sim }: Simulation, { batches }: JobLedger): string[] {
  const results = batches.flatMap(({ wire }) => [
    wire.output_file_id,
    wire.error_file_id,
  ]);
  const left = sim.ledger.files.filter(({ id, filename }) =>
    filename.startsWith(`${JOB}.v1.`) || results.includes(id)
  );
  return left.map(({ filename }) => `cleanup left ${filename}`);
}
