/**
 * The right to create batches, for a process that was started only just now
 * and does not stay: a step of a cron, of a webhook, of a workflow.
 *
 * @module
 */

import { APIError } from "../../errors.ts";
import { isGone, isPassing } from "../../rest/retry.ts";
import type { JobContext } from "../context.ts";
import type { RemoteView } from "../look/remote_view.ts";
import { claimMark } from "../state/marks.ts";
import { leaveMark } from "./mark_files.ts";

/**
 * What the process before may have created a moment ago is not listed yet, and
 * a step does not wait. So it leaves a mark instead and comes back later: who
 * deletes the mark may create. A file can be deleted once, whatever the lists
 * say, so that of two steps at the same time only one may.
 */
export class Claim {
  readonly #context: JobContext;
  readonly #view: RemoteView;
  /** Whether this process has the right. */
  isTaken = false;

  constructor(context: JobContext, view: RemoteView) {
    this.#context = context;
    this.#view = view;
  }

  /** When the mark may be deleted, ms; Infinity while there is none. */
  get readyAt(): number {
    const { claimedAt, patience } = this.#view;
    return claimedAt + patience;
  }

  /** Takes the right, or leaves a mark to take it later. */
  async take(): Promise<void> {
    const { claims } = this.#view;
    const isReady = this.readyAt <= this.#context.services.clock.now();
    if (!this.isTaken && isReady) this.isTaken = await this.#deleteAll();
    if (!this.isTaken && claims.size === 0) await this.#leaveMark();
  }

  /** Deletes the marks of others: with an old one, the next step would not wait for what is created now to show. */
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
    const { claims } = this.#view;
    let isOurs = true;
    for (const id of claims.keys()) {
      isOurs = await this.#delete(id) && isOurs;
      claims.delete(id);
    }
    return isOurs;
  }

  async #delete(id: string): Promise<boolean> {
    try {
      await this.#context.services.files.delete(id);
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  async #leaveMark(): Promise<void> {
    const name = claimMark(this.#context.settings.id);
    this.#view.takeNote(await leaveMark(this.#context.services.files, name));
  }
}
