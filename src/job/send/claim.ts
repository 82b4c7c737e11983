/**
 * The right to create batches, for a process that was started only just now
 * and does not stay: a step of a cron, of a webhook, of a workflow.
 *
 * @module
 */

import { APIError } from "../../errors.ts";
import { isPassing } from "../../rest/retry.ts";
import type { JobContext } from "../context.ts";
import type { Marks } from "../state/marks.ts";
import { deleteMark, leaveMark } from "./mark_files.ts";

/**
 * What the process before may have created a moment ago is not listed yet, and
 * a step does not wait. So it leaves a mark instead and comes back later: who
 * deletes the mark may create. A file can be deleted once, whatever the lists
 * say, so that of two steps at the same time only one may.
 */
export class Claim {
  readonly #context: JobContext;
  readonly #marks: Marks;
  /** Whether this process has the right. */
  isTaken = false;

  constructor(context: JobContext, marks: Marks) {
    this.#context = context;
    this.#marks = marks;
  }

  /** Takes the right, or leaves a mark to take it later. */
  async take(): Promise<void> {
    const { services: { files, clock }, settings } = this.#context;
    const isReady = this.#marks.claimableAt <= clock.now();
    if (!this.isTaken && isReady) this.isTaken = await this.#deleteAll();
    if (this.isTaken || this.#marks.claims.length > 0) return;
    await leaveMark(files, this.#marks, settings.id, "claim");
  }

  /** Deletes other processes' marks: with an old one, the next step would not wait for what is created now to show. */
  async discard(): Promise<void> {
    try {
      await this.#deleteAll();
    } catch (error) {
      // If nothing can be deleted, no process can take a mark.
      if (!(error instanceof APIError) || isPassing(error)) throw error;
    }
  }

  /** A mark that is gone was just taken by another process. */
  async #deleteAll(): Promise<boolean> {
    const { files } = this.#context.services;
    let isOurs = true;
    for (const id of this.#marks.claims) {
      isOurs = await deleteMark(files, this.#marks, id) && isOurs;
    }
    return isOurs;
  }
}
