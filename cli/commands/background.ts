/**
 * What a job has in the lanes 8h and 2h, for the commands that end it.
 *
 * @module
 */

import type { DirectLane, DirectStream, OpenAIBatch } from "../../mod.ts";

/** What the help says of it. */
export const BACKGROUND_HELP = `\
With --lane 8h or --lane 2h, it is about the background responses that the job
has in that lane, by direct or after a deadline.`;

/**
 * @param client Reaches them.
 * @param job The job's name.
 * @param lane The lane.
 * @returns The background responses of the job, none of them read.
 */
export function backgroundOf(
  client: OpenAIBatch,
  job: string,
  lane: DirectLane,
): DirectStream<"/v1/responses"> {
  return client.direct<"/v1/responses">([], {
    endpoint: "/v1/responses",
    lane,
    job,
    progress: false,
  });
}
