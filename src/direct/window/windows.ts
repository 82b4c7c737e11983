/**
 * The lanes 8h and 2h: requests that are answered in the background.
 *
 * @module
 */

import { JobIncompleteError } from "../../errors.ts";
import { type Window, WINDOWS } from "../../requests/direct_lane.ts";
import type { IndexedLine } from "../../requests/to_line.ts";
import type { Answer } from "../../rest/answer.ts";
import type { Files } from "../../rest/files.ts";
import { Responses } from "../../rest/responses.ts";
import { backoff, isPassing } from "../../rest/retry.ts";
import type { Transport } from "../../rest/transport.ts";
import type { Asked } from "../../results/to_result.ts";
import type { Clock } from "../../types/platform.ts";
import type { Outcome } from "../call.ts";
import { outcomeOf, wasCancelledElsewhere } from "./ending.ts";
import { Ledger } from "./ledger.ts";
import { Looks, LOOKS_PER_MINUTE } from "./looks.ts";
import { isActive, responseIdOf } from "./state.ts";

/** How long a response may take longer than its window, ms. */
export const GRACE = 3_600_000;

/** How often a call is made that ends or deletes a response. */
const TRIES = 5;

/** Why waits end after a cancel. */
export const CANCELLED: Error = new Error("The calls were cancelled");

/** What the windows of one pass need. */
export interface WindowsContext {
  /** Makes the calls. */
  transport: Transport;
  /** Where the ids are kept. */
  files: Files;
  /** Measures time. */
  clock: Clock;
  /** How long lists may lag behind, ms. */
  settleTime: number;
  /** The streams whose responses an event may be about. */
  listening: Set<Windows>;
  /** Which window. */
  window: Window;
  /** The job's name; without one a crash loses what runs. */
  job: string | undefined;
  /** Whether what runs is cancelled when its results are not waited for. */
  cancelsAtAbort: boolean;
}

/** What an attempt needs of the request's own. */
export interface Attempt {
  /** The request. */
  line: IndexedLine["line"];
  /** How many attempts of it are over. */
  attempts: number;
  /** Ends all waits but that for the answer. */
  waits: AbortSignal;
  /** Whose result it is to be. */
  asked: (attempts: number) => Asked;
  /** Creates the response. */
  create: () => Promise<Outcome>;
  /** It runs in the background now. */
  onOpen: () => void;
  /** It does no more. */
  onOver: () => void;
}

/** The background responses of one pass over requests. */
export class Windows {
  /** Whether there is room for one more result. */
  hasRoom: () => boolean = () => true;
  /** Creates that may have taken effect, with an unknown response. */
  possiblyPaid = 0;
  /** Whether it was cancelled. */
  isCancelled = false;
  readonly #context: WindowsContext;
  readonly #responses: Responses;
  readonly #looks: Looks;
  readonly #ledger: Ledger | undefined;
  readonly #end: AbortController = new AbortController();
  /** The ids of all that were created without a name. */
  readonly #created: string[] = [];
  /** Those that ran when it was ended. */
  #left: string[] = [];
  #opening: Promise<void> | undefined;

  constructor(context: WindowsContext) {
    const { transport, clock, window, job } = context;
    const { contact } = transport;
    this.#context = context;
    this.#responses = new Responses(transport);
    this.#looks = new Looks({
      responses: this.#responses,
      clock,
      contact,
      longest: WINDOWS[window] + GRACE,
      signal: this.#end.signal,
      hasRoom: () => this.hasRoom(),
    });
    this.#ledger = job === undefined
      ? undefined
      : new Ledger({ ...context, contact, job });
  }

  /** How many responses run. */
  get open(): number {
    return this.#looks.open;
  }

  /** When the next look is due, ms since the epoch. */
  get nextAt(): number {
    return this.#looks.nextAt;
  }

  /** When it is known what earlier processes have left, ms; undefined without a look. */
  get opensAt(): number | undefined {
    const { clock, settleTime } = this.#context;
    return this.#ledger && clock.now() + settleTime;
  }

  /** Finds out what earlier processes have left. */
  async start(signal: AbortSignal | undefined): Promise<void> {
    this.#context.listening.add(this);
    await this.#open(signal);
  }

  /**
   * Makes one attempt: goes on with a response that is known of it, or
   * creates one.
   *
   * @returns What came of it; a refusal is handed on.
   */
  async attempt(attempt: Attempt): Promise<Outcome> {
    const { line, attempts, waits, asked, create } = attempt;
    const digest = this.#ledger && await this.#digest(line);
    const kept = digest &&
      this.#ledger?.find(line.custom_id, digest, attempts);
    if (kept) {
      return await this.#follow(kept.response, asked(kept.attempt), attempt);
    }
    if (this.isCancelled) throw CANCELLED;
    await this.#ledger?.ready(waits);
    const outcome = await create();
    if (outcome.refusal) return outcome;
    const { body } = outcome.result;
    const id = responseIdOf(body);
    if (id === undefined) {
      if (mayHaveRun(outcome)) this.possiblyPaid++;
      return outcome;
    }
    const entry = { response: id, attempt: attempts + 1 };
    if (digest) this.#ledger?.add(line.custom_id, digest, entry);
    else this.#created.push(id);
    if (!isActive(body)) return outcome;
    return await this.#follow(id, asked(attempts + 1), attempt, true);
  }

  /** An event tells that a response has ended. */
  hurry(id: string): boolean {
    return this.#looks.hurry(id);
  }

  /** There is room for one more result. */
  resume(): void {
    this.#looks.resume();
  }

  /** Waits were ended. */
  wake(): void {
    this.#ledger?.wake();
  }

  /** Cancels what runs, and what an earlier process has left. Nothing is created from now on. */
  async cancel(): Promise<void> {
    const { listening, job } = this.#context;
    const isReader = (other: Windows) =>
      other === this || (job !== undefined && other.#context.job === job);
    const readers = [...new Set([this, ...listening])].filter(isReader);
    for (const reader of readers) {
      reader.isCancelled = true;
      reader.#looks.expectCancels();
    }
    await this.#open(undefined);
    await this.#ledger?.cancel();
    const ids = readers.flatMap((reader) => reader.#looks.ids);
    const kept = this.#ledger?.responses ?? [];
    await this.#each([...new Set([...ids, ...kept])], async (id) => {
      const answer = await this.#responses.cancel(id);
      for (const reader of readers) reader.#looks.noteCancel(id);
      return answer;
    });
  }

  /** Deletes the responses, then the files that name them. */
  async cleanup(): Promise<void> {
    const { open } = this;
    if (open > 0) {
      throw new JobIncompleteError(
        `${open} responses have not ended: read the results first, or cancel`,
        { code: "active_responses", jobId: this.#context.job },
      );
    }
    await this.#open(undefined);
    const ids = this.#ledger?.responses ?? this.#created.splice(0);
    await this.#each(ids, (id) => this.#responses.delete(id));
    await this.#ledger?.delete();
  }

  /** Looks no more. The ids are kept. */
  async close(isOver: boolean): Promise<void> {
    this.#context.listening.delete(this);
    this.end(undefined);
    await this.#ledger?.close();
    if (isOver || !this.#context.cancelsAtAbort) return;
    await this.#ledger?.cancel().catch(() => {});
    await this.#each(this.#left, (id) => this.#responses.cancel(id))
      .catch(() => {});
  }

  /** Ends the looks. */
  end(reason: unknown): void {
    this.#left.push(...this.#looks.ids);
    this.#end.abort(reason);
  }

  async #follow(
    id: string,
    asked: Asked,
    { onOpen, onOver }: Attempt,
    isNew: boolean = false,
  ): Promise<Outcome> {
    const ended = this.#looks.ended(id, isNew, this.isCancelled);
    onOpen();
    try {
      const ending = await ended;
      if (!wasCancelledElsewhere(ending)) return outcomeOf(ending, id, asked);
      await this.#findCancel();
      const cancelled = this.isCancelled ? "asked" : undefined;
      return outcomeOf({ ...ending, cancelled }, id, asked);
    } finally {
      onOver();
    }
  }

  /** Another process may have cancelled all of the job: then nothing more is created here. */
  async #findCancel(): Promise<void> {
    await this.#ledger?.findCancel();
    if (this.isCancelled || !this.#ledger?.isCancelled) return;
    this.isCancelled = true;
    this.#looks.cancel();
  }

  #open(signal: AbortSignal | undefined): Promise<void> {
    this.#opening ??= this.#ledger?.open(signal) ?? Promise.resolve();
    return this.#opening.then(() => {
      this.isCancelled ||= this.#ledger?.isCancelled ?? false;
    });
  }

  /** Of what is asked, and in which lane. */
  async #digest({ url, body }: IndexedLine["line"]): Promise<string> {
    const text = JSON.stringify([url, this.#context.window, body]);
    const bytes = new TextEncoder().encode(text);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return Array.from(
      new Uint8Array(digest, 0, 8),
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join("");
  }

  /** Makes a call for each, one after the other, at the pace of the looks. */
  async #each(
    ids: readonly string[],
    call: (id: string) => Promise<Answer>,
  ): Promise<void> {
    const { clock } = this.#context;
    const pending = new Set<Promise<void>>();
    let failure: { error: unknown } | undefined;
    for (const id of ids) {
      if (failure) break;
      const work = this.#insist(() => call(id))
        .catch((error) => void (failure ??= { error }))
        .finally(() => void pending.delete(work));
      pending.add(work);
      if (pending.size >= 16) await Promise.race(pending);
      await clock.sleep(60_000 / LOOKS_PER_MINUTE);
    }
    await Promise.all(pending);
    if (failure) throw failure.error;
  }

  /** What is refused for good is not there any more, or has ended. */
  async #insist(call: () => Promise<Answer>): Promise<void> {
    for (let tries = 1;; tries++) {
      try {
        const { status } = await call();
        if (status !== 429 && status < 500) return;
        if (tries === TRIES) return;
      } catch (error) {
        if (tries === TRIES || !isPassing(error)) throw error;
      }
      await this.#context.clock.sleep(backoff(tries));
    }
  }
}

/** A create that wasn't clearly refused: there may be a response with an unknown id. */
function mayHaveRun({ result, lost }: Outcome): boolean {
  if (result.ok) return false;
  const { status = 0, code } = result.error;
  const isUnclear = status === 0 || status === 408 || status === 409 ||
    status >= 500;
  return lost !== undefined || (isUnclear && code !== "answer_too_large");
}
