/**
 * Says why a job with a name is silent at first.
 *
 * @module
 */

import type { Call } from "../commands/command.ts";

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
