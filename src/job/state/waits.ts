/**
 * What a step has postponed, why, and until when.
 *
 * @module
 */

import type { WaitingFor } from "../../progress/job_status.ts";

/** One thing that was postponed. */
export interface Wait {
  /** Why. */
  reason: WaitingFor["reason"];
  /** Until when, ms; Infinity if unknown. */
  until: number;
  /** The server's words, if it said why. */
  message?: string | undefined;
}

/** If there are several, the first of these is shown. */
const BY_WEIGHT: readonly WaitingFor["reason"][] = [
  "connection",
  "retry",
  "credit",
  "file",
  "queue",
  "claim",
  "lists",
  "settling",
  "batches",
];

/** What one step has postponed: the earliest, and the most important. There may be thousands of parts. */
export class Waits {
  #soonest = Infinity;
  #foremost: Wait | undefined;

  /** Begins a step: nothing has been postponed yet. */
  clear(): void {
    this.#soonest = Infinity;
    this.#foremost = undefined;
  }

  /** Takes note of one more. */
  add(wait: Wait): void {
    this.#soonest = Math.min(this.#soonest, wait.until);
    this.#foremost = foremost(this.#foremost, wait);
  }

  /** When the first of it is due, ms; Infinity if none ever is. */
  get soonest(): number {
    return this.#soonest;
  }

  /** What there is to show; undefined if nothing was postponed. */
  get foremost(): Wait | undefined {
    return this.#foremost;
  }
}

/** @returns The weightiest of it, and of those the one that is due first. */
export function foremost(
  ...waits: readonly (Wait | undefined)[]
): Wait | undefined {
  let first: Wait | undefined;
  for (const wait of waits) {
    if (wait && (!first || isBefore(wait, first))) first = wait;
  }
  return first;
}

function isBefore(a: Wait, b: Wait): boolean {
  const heavier = BY_WEIGHT.indexOf(a.reason) - BY_WEIGHT.indexOf(b.reason);
  return heavier < 0 || (heavier === 0 && a.until < b.until);
}

export function toWaitingFor({ reason, until, message }: Wait): WaitingFor {
  return {
    reason,
    ...(until < Infinity ? { until: new Date(Math.ceil(until)) } : {}),
    ...(message ? { message } : {}),
  };
}
