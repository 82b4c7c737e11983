/**
 * Marks: small files that say everything with their names. They tell every process
 * that a job was ended, or that a step will come back to create a batch.
 *
 * @module
 */

import { withoutEnding } from "./tag.ts";

const MARK = /^([A-Za-z0-9_-]{1,64})\.v1\.(cancelled|deadline|claim)$/;

/** Why a job was ended for good. */
export type Stop = "cancelled" | "deadline";

/** @returns The name of the file that says so. */
export function stopMark(job: string, why: Stop): string {
  return `${job}.v1.${why}.jsonl`;
}

/** @returns The name of the file that a step leaves to come back for. */
export function claimMark(job: string): string {
  return `${job}.v1.claim.jsonl`;
}

/** @returns Which job it marks, and as what; undefined if it isn't a mark. */
export function parseMark(
  filename: unknown,
): { job: string; kind: Stop | "claim" } | undefined {
  const match = MARK.exec(withoutEnding(filename));
  if (!match) return undefined;
  const [, job = "", kind] = match;
  return { job, kind: kind as Stop | "claim" };
}
