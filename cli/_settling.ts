/**
 * Says why a job with a name is silent at first.
 *
 * @module
 */

import type { Call } from "./_command.ts";

/** The default of the client's option. */
const SETTLE_TIME = 30_000;

/**
 * Says so, if it is.
 *
 * @param call The command.
 */
export async function tellOfSettling(
  { flags, io, reporter }: Call,
): Promise<void> {
  const { job, settleTime = io.client?.settleTime ?? SETTLE_TIME } = flags;
  if (job === undefined || settleTime === 0) return;
  await reporter.tell(
    `Waiting ${
      settleTime / 1000
    } s before anything new is sent, so that what an earlier run of this job has sent shows (--settle-time)`,
    { type: "settling", job, settleTime },
  );
}
