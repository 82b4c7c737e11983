/**
 * Marks: small files whose names are all that they say. They tell every process
 * that a job was ended, or that a step comes back for its right to create.
 *
 * @module
 */

import { withoutEnding } from "./tag.ts";

const MARKER = /^([A-Za-z0-9_-]{1,64})\.v1\.(cancelled|deadline|claim)$/;

/** Why a job was ended for good. */
export type Stop = "cancelled" | "deadline";

/**
 * @param job A job's id.
 * @param why Why it was ended.
 * @returns The name of the file that says so.
 */
export function stopMarker(job: string, why: Stop): string {
  return `${job}.v1.${why}.jsonl`;
}

/**
 * @param job A job's id.
 * @returns The name of the file that a step leaves to come back for.
 */
export function claimMarker(job: string): string {
  return `${job}.v1.claim.jsonl`;
}

/**
 * @param filename A file's name.
 * @returns Which job it marks, and as what; undefined if it is no mark.
 */
export function parseMarker(
  filename: unknown,
): { job: string; kind: Stop | "claim" } | undefined {
  const match = MARKER.exec(withoutEnding(filename));
  if (!match) return undefined;
  const [, job = "", kind] = match;
  return { job, kind: kind as Stop | "claim" };
}
