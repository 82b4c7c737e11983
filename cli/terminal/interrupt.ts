/**
 * Ctrl-C: the first one leaves the job as it is, a second one within two
 * seconds cancels it.
 *
 * @module
 */

import { JobNotFoundError, type OpenAIBatch } from "../../mod.ts";
import { printableLine } from "../../src/printable.ts";
import type { Call } from "../commands/command.ts";
import { Interrupted } from "../messages/errors.ts";

/** How long to wait for a second Ctrl-C, ms. */
const GRACE = 2_000;

/** Listens while a job is sent, watched or read. */
export class Interrupts {
  readonly #call: Call;
  readonly #client: OpenAIBatch;
  readonly #leave = new AbortController();
  #cancelling: Promise<unknown> | undefined;

  /**
   * @param call The command that works with the job `call.job`.
   * @param client Reaches the job.
   */
  constructor(call: Call, client: OpenAIBatch) {
    this.#call = call;
    this.#client = client;
  }

  /** Aborted when the job is left. */
  get signal(): AbortSignal {
    return this.#leave.signal;
  }

  /**
   * Does something with a job. A job that is cancelled meanwhile ends by itself,
   * and its results are read as usual.
   *
   * @param work What to do; it ends by the signal.
   * @returns What the work gives.
   * @throws {Interrupted} If the job was left.
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = this.#call.io.onInterrupt(() => {
      if (timer === undefined) {
        this.#hint();
        timer = setTimeout(() => {
          end();
          this.#stop();
        }, GRACE);
        return;
      }
      clearTimeout(timer);
      end(); // one more ends the process
      this.#cancelling = this.#cancel();
    });
    try {
      const result = await work();
      await this.#cancelling;
      return result;
    } finally {
      clearTimeout(timer);
      end();
    }
  }

  #stop(): void {
    this.#leave.abort(new Interrupted("Interrupted"));
  }

  async #cancel(): Promise<void> {
    const { job: id, reporter } = this.#call;
    const note = { type: "cancelling", job: id };
    if (id === undefined) return this.#stop();
    try {
      await reporter.tellAboveBars(
        "Cancelling. OpenAI may take up to 10 minutes to end the batches. Then the job waits until it is certain that nothing is running any more (--settle-time, 30 s by default), and what was answered is written.",
        note,
      );
      await (await this.#client.attach(id)).cancel();
    } catch (error) {
      if (!(error instanceof JobNotFoundError)) {
        const why = printableLine(`${error}`);
        const text = `It could not be cancelled: ${why}`;
        await reporter.tellAboveBars(text, note);
      }
      this.#stop();
    }
  }

  #hint(): void {
    void this.#call.reporter.tellAboveBars(
      "Leaving in 2 seconds; the job keeps running at OpenAI. Press Ctrl-C again before then to cancel it and collect what was answered.",
      { type: "leaving" },
    );
  }
}
