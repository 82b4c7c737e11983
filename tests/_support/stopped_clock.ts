/** A clock that always shows the same. */

import { JobClock } from "../../src/job/state/job_clock.ts";

export function stoppedClock(now: number = 0): JobClock {
  return new JobClock({ now: () => now, sleep: () => Promise.resolve() });
}
