/**
 * What a job is waiting for, as a line of text.
 *
 * @module
 */

import { printableLine } from "../printable.ts";
import type { WaitingFor } from "./job_status.ts";

/** Why, and what comes next. What is running shows in the bars and the counts. */
const WORDS: Readonly<
  Record<
    Exclude<WaitingFor["reason"], "batches" | "responses">,
    [why: string, then: string]
  >
> = {
  queue: ["queue full", "next try"],
  settling: ["waiting for the files of an ended batch", "gives up on them"],
  lists: ["checking for an earlier run", "continues"],
  claim: ["another process may be running this job", "continues"],
  file: ["a file can't be used yet", "next try"],
  retry: ["a call failed", "next try"],
  connection: ["no connection", "next try"],
  credit: ["no credit left", "next try"],
};

/**
 * Says what a job is waiting for, such as "queue full, next try in 4 min".
 *
 * @returns One line, followed by the server's words; undefined if only batches or responses are running.
 */
export function describeWait(
  waiting: WaitingFor | undefined,
  now: number,
): string | undefined {
  if (waiting === undefined) return undefined;
  const { reason } = waiting;
  if (reason === "batches" || reason === "responses") return undefined;
  const [why, then] = WORDS[reason];
  const when = whenOf(waiting, now);
  const next = when === undefined ? "" : `, ${then} ${when}`;
  if (waiting.message === undefined) return why + next;
  const message = printableLine(waiting.message);
  // This is our own sentence, with the address and the cause.
  return waiting.reason === "connection"
    ? message + next
    : `${why}${next}: ${message}`;
}

function whenOf({ until }: WaitingFor, now: number): string | undefined {
  if (until === undefined) return undefined;
  const ms = +until - now;
  return ms < 1_000 ? "now" : `in ${describeDuration(ms)}`;
}

/** Rounds a duration to one figure: "35 s", "4 min", "24 h". */
export function describeDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.round(minutes / 60)} h`;
}
