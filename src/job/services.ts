/**
 * What the client gives a job.
 *
 * @module
 */

import type { DirectRequest } from "../direct/asking.ts";
import type { Price } from "../pricing/mod.ts";
import type { DirectLane } from "../requests/direct_lane.ts";
import type { AnswerSettings } from "../results/answer_options.ts";
import type { AnyResult } from "../results/result.ts";
import type { Batches } from "../rest/batches.ts";
import type { Contact } from "../rest/contact.ts";
import type { Files } from "../rest/files.ts";
import type { JobClock } from "./state/job_clock.ts";

/** The endpoints, the time and the prices. */
export interface Services {
  /** The files endpoint. */
  files: Files;
  /** The batches endpoint. */
  batches: Batches;
  /** Sends at the deadline what a job has left open. */
  askDirectly: AskDirectly;
  /** The background responses of a named job, if the lane is a window. */
  backgroundOf: (
    lane: DirectLane | undefined,
    job: string,
  ) => Background | undefined;
  /** Measures time, and knows what the server's dates are. */
  clock: JobClock;
  /** Whether anything gets through. */
  contact: Contact;
  /** How long lists may lag behind, ms. */
  settleTime: number;
  /** The caller's own prices. */
  prices: Record<string, Price | string> | undefined;
  /** Limits the calls of a step. */
  calls: CallBudget;
}

/** The background responses of a job, whichever process created them. */
export interface Background {
  /** Ends those that are running. */
  cancel(): Promise<void>;
  /** Deletes all of them. */
  cleanup(): Promise<void>;
}

/** Sends requests without a batch, and yields their results as they arrive. */
export type AskDirectly = (
  requests: AsyncGenerator<DirectRequest>,
  options: {
    /** What is retried. */
    answers: AnswerSettings;
    /** In which lane. */
    lane: DirectLane | undefined;
    /** Ms until a request that finds no room is asked at the standard price. */
    fallbackAfter: number | undefined;
    /** The name under which background responses are kept, if the job has one. */
    job: string | undefined;
    /** What happens to running ones when nothing waits for them any more. */
    atAbort: "leave" | "cancel";
    /** Stops sending. */
    signal: AbortSignal | undefined;
    /** Called with every answer: all of them are paid for. */
    onAnswer: (result: AnyResult) => void;
  },
) => AsyncGenerator<AnyResult>;

/** Thrown instead of a call that a step may no longer make. */
class CallsSpent extends Error {}

/** How many HTTP calls a step may still make. */
export class CallBudget {
  #left = Infinity;
  #signal: AbortSignal | undefined;

  limit(left: number = Infinity, signal: AbortSignal | undefined): void {
    this.#left = left;
    this.#signal = signal;
  }

  /**
   * Leaves some calls to what comes after.
   *
   * @param work What may make half of those that are left.
   */
  async half(work: () => Promise<unknown>): Promise<boolean> {
    const all = this.#left;
    const some = all < Infinity ? Math.max(1, Math.floor(all / 2)) : all;
    const rest = all < Infinity ? all - some : 0;
    this.#left = some;
    try {
      await work();
      return true;
    } catch (error) {
      if (!isSpent(error) || rest <= 0) throw error;
      return false;
    } finally {
      this.#left += rest;
    }
  }

  /** Called before each call. */
  spend(): void {
    this.#signal?.throwIfAborted();
    if (this.#left <= 0) {
      throw new CallsSpent("The calls of this step are spent");
    }
    this.#left--;
  }
}

/** @returns Whether it ended because its calls were spent. */
export function isSpent(error: unknown): boolean {
  return error instanceof CallsSpent;
}
