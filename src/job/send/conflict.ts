/**
 * One id, one input: refuses to send other lines under the name of a part.
 *
 * @module
 */

import { JobConflictError } from "../../errors.ts";
import type { Part } from "../state/part.ts";
import { formatTag, type Tag } from "../state/tag.ts";

/**
 * Refuses a part that stands for other input at OpenAI.
 *
 * @throws {JobConflictError} If it was sent with other lines.
 */
export function checkConflict(part: Part, tag: Tag): void {
  const other = part.rounds[0]?.tags.find((sent) =>
    formatTag(sent) !== formatTag(tag)
  );
  if (!other) return;
  const difference = other.lines !== tag.lines
    ? `has ${tag.lines} requests and was sent with ${other.lines}: the input, batchSize or maxBytes differ`
    : other.digest !== tag.digest
    ? "was sent with other lines: the input or the params differ"
    : `was ${other.last ? "" : "not "}sent as the last part`;
  throw conflict(tag.job, tag.part, difference);
}

/**
 * Refuses an input that ends before what was sent of it.
 *
 * @throws {JobConflictError} If there are more at OpenAI.
 */
export function checkEnd(
  job: string,
  sent: readonly Part[],
  count: number,
): void {
  const beyond = sent.find(({ part }) => part >= count);
  if (!beyond) return;
  const difference = `was sent, and the input has ${count} parts only: ` +
    "the input, batchSize or maxBytes differ";
  throw conflict(job, beyond.part, difference);
}

function conflict(
  jobId: string,
  part: number,
  difference: string,
): JobConflictError {
  const rule =
    "A job's name belongs to one input: use another name for other input";
  return new JobConflictError(
    `Part ${part} of the job ${jobId} ${difference}. ${rule}`,
    { part, jobId },
  );
}
