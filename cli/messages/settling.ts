/**
 * Says why a job sends nothing at first, or not all at once.
 *
 * @module
 */

import type { Call } from "../commands/command.ts";
import { dashed } from "../flags/flags.ts";

/** The default of the client's option. */
const SETTLE_TIME = 30_000;

/**
 * Says so, if it is.
 *
 * @param call The command.
 * @param job The job's name; undefined if it was generated.
 */
export async function tellOfSettling(
  { flags, io, reporter }: Call,
  job: string | undefined,
): Promise<void> {
  const { settleTime = io.client?.settleTime ?? SETTLE_TIME } = flags;
  if (job === undefined || settleTime === 0) return;
  await reporter.tell(
    `Waiting ${
      settleTime / 1000
    } s before sending anything new: until then, what an earlier run of this job sent may not be listed (--settle-time)`,
    { type: "settling", job, settleTime },
  );
}

/**
 * Says that batches wait their turn in this process, if a limit makes them.
 *
 * @param call The command.
 */
export async function tellOfLimits(
  { flags, reporter }: Call,
): Promise<void> {
  const limits = (["maxActiveBatches", "maxEnqueuedTokens"] as const)
    .filter((name) => flags[name] !== undefined)
    .map((name) => `${dashed(name)} ${flags[name]}`);
  if (limits.length === 0) return;
  await reporter.tell(
    `What ${
      limits.join(" and ")
    } leaves no room for waits here until a batch has ended: it is sent only while this command runs`,
    { type: "limits" },
  );
}
