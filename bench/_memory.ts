/**
 * Peak memory of a process, as Linux counts it.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";

/** What a process needed, in MB. */
export interface Peak {
  /** Before the work: the runtime and the module. */
  idle: number;
  /** At most. */
  peak: number;
}

/**
 * Does work, and prints the peak of this process up to its end.
 *
 * @param work What to do.
 */
export async function printPeak(work: () => Promise<void>): Promise<void> {
  const idle = megabytes("VmRSS");
  await work();
  const peak: Peak = { idle, peak: megabytes("VmHWM") };
  process.stdout.write(JSON.stringify(peak));
}

function megabytes(field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status) ?? [];
  return Math.round(Number(kilobytes) * 1_024 / 1e6);
}
