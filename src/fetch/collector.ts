/**
 * The collector: takes each call to the job that answers it, an existing one or a new
 * one.
 *
 * @module
 */

import { OpenAIBatch } from "../client.ts";
import type { Job } from "../job/job.ts";
import { answerOfError } from "./answers.ts";
import type { Caller } from "./caller.ts";
import type { Account } from "./call.ts";
import { digestOf } from "./_digest.ts";
import { Ledger } from "./ledger.ts";
import { type Line, lineOf, type Question } from "./line.ts";
import type { BatchFetchSettings } from "./options.ts";
import { pending, Reading } from "./reading.ts";
import type { BatchFetchStats } from "./stats.ts";
import { Window } from "./window.ts";

/** A call that waits. */
export interface WaitingCall extends Question {
  /** Gets the answer. */
  caller: Caller;
}

/** A request that hasn't been sent yet, and the calls waiting for it. */
interface Unsent extends Question {
  id: string;
  callers: Caller[];
}

// deno-lint-ignore no-explicit-any
type AnyJob = Job<any, any>;
type Look = () => Promise<void>;

/** Until a call that was not sent yet is worth asking again, ms. */
const SOON = 60_000;

/** Collects the calls of one account. */
export class Collector {
  readonly #settings: BatchFetchSettings;
  readonly #client: OpenAIBatch;
  readonly #stats: BatchFetchStats;
  readonly #signal: AbortSignal;
  readonly #ledger: Ledger;
  readonly #window: Window;
  /** Calls that haven't got their numbers yet. */
  readonly #arrived: WaitingCall[] = [];
  readonly #unsent = new Map<string, Unsent>();
  readonly #readings = new Map<string, Reading>();
  readonly #sendings = new Set<Promise<void>>();

  /** @param account The account of the first call. */
  constructor(
    settings: BatchFetchSettings,
    account: Account,
    stats: BatchFetchStats,
    signal: AbortSignal,
  ) {
    const { name, client } = settings;
    this.#settings = settings;
    this.#stats = stats;
    this.#signal = signal;
    this.#client = new OpenAIBatch({ ...account, ...client });
    const { clock } = this.#client;
    this.#ledger = new Ledger(this.#client, name, stats, signal);
    this.#window = new Window(
      settings,
      clock,
      signal,
      (ids) => this.#start(ids),
    );
  }

  /** Takes a call. */
  add(call: WaitingCall): void {
    this.#window.touch();
    // They get their numbers in the order they came in.
    if (this.#arrived.push(call) === 1) void this.#placeAll();
  }

  async #placeAll(): Promise<void> {
    try {
      await this.#ledger.known();
      for (const call of this.#arrived.splice(0)) this.#place(call);
    } catch (error) {
      refuse(this.#arrived.splice(0).map(({ caller }) => caller), error);
    }
  }

  /**
   * Sends what was collected.
   *
   * @throws Whatever kept it from being sent.
   */
  async flush(): Promise<void> {
    await this.#ledger.known();
    this.#window.close();
    await Promise.all(this.#sendings);
  }

  #start(ids: string[]): void {
    const sending = this.#send(ids);
    this.#sendings.add(sending);
    const forget = () => void this.#sendings.delete(sending);
    sending.then(forget, forget);
  }

  /** Resolves when nothing is read or sent any more. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#sendings);
    for (const { ended } of this.#readings.values()) await ended;
  }

  #place({ caller, url, text }: WaitingCall): void {
    if (caller.isOver) return;
    const id = caller.takeId();
    const job = this.#ledger.homeOf(id);
    if (job !== undefined) return this.#join(job, id, caller);
    const known = this.#unsent.get(id);
    const unsent = known ?? { id, url, text, callers: [] };
    this.#unsent.set(id, unsent);
    if (this.#settings.responds) caller.answer(pending(SOON));
    else unsent.callers.push(caller);
    if (!known) this.#window.add(id);
  }

  /** Waits for what was sent before. */
  #join(job: string, id: string, caller: Caller): void {
    this.#stats.found++;
    this.#readingOf(job).wait(id, [caller]);
  }

  #readingOf(job: string): Reading {
    const known = this.#readings.get(job);
    if (known && !known.isStale) return known;
    const options = { ...this.#settings.job, signal: this.#signal };
    return this.#read(job, this.#client.attach(job, options));
  }

  #read(job: string, opened: Promise<AnyJob>, onFirst?: Look): Reading {
    const { clock } = this.#client;
    const { responds } = this.#settings;
    const reading = new Reading(opened, clock, responds, onFirst);
    this.#readings.set(job, reading);
    return reading;
  }

  /** What an earlier process has sent must have had its time to show: once, then this one knows. */
  async #send(ids: readonly string[]): Promise<void> {
    const { clock } = this.#client;
    try {
      const rest = this.#settings.settledAt - clock.now();
      if (rest > 0) await clock.sleep(rest, this.#signal);
      await this.#ledger.look();
    } catch (error) {
      refuse(ids.flatMap((id) => this.#takeUnsent(id).callers), error);
      throw error;
    }
    const wanted = ids.filter((id) => this.#isWanted(id)).sort();
    if (wanted.length > 0) await this.#sendJob(wanted);
  }

  /** False if another process has sent it meanwhile, or nothing waits for it any more. */
  #isWanted(id: string): boolean {
    const { callers } = this.#unsent.get(id) as Unsent;
    const waiting = callers.filter(({ isOver }) => !isOver);
    const job = this.#ledger.homeOf(id);
    const isWanted = waiting.length > 0 || this.#settings.responds;
    if (job === undefined && isWanted) return true;
    this.#takeUnsent(id);
    for (const caller of waiting) this.#join(job as string, id, caller);
    return false;
  }

  /** Named after its calls: a process that sends the same ones at the same time sends the same job. */
  async #sendJob(ids: string[]): Promise<void> {
    const digest = digestOf(ids.join("\n")).slice(0, 16);
    const job = `${this.#settings.name}-${digest}`;
    const unsent = ids.map((id) => this.#takeUnsent(id));
    this.#ledger.enter(job, ids);
    this.#stats.sent += ids.length;
    this.#stats.jobs++;
    const opened = this.#client.submit(drain(unsent), {
      ...this.#settings.job,
      job,
      // The ledger knows everything that was sent, and this isn't in it.
      isNew: true,
      signal: this.#signal,
    });
    // Before any caller hears of it and sends it again.
    opened.catch(() => this.#ledger.strike(job, ids));
    if (!this.#settings.responds) {
      const look = () => this.#ledger.look().catch(() => {});
      const reading = this.#read(job, opened, look);
      for (const { id, callers } of unsent) reading.wait(id, callers);
    }
    await opened;
  }

  #takeUnsent(id: string): Unsent {
    const unsent = this.#unsent.get(id) as Unsent;
    this.#unsent.delete(id);
    return unsent;
  }
}

/** Answers each call with the same error. */
function refuse(callers: readonly Caller[], error: unknown): void {
  for (const caller of callers) caller.answer(answerOfError(error));
}

/** Keeps no body that was sent: the answer may take a day. */
function* drain(unsent: Unsent[]): Generator<Line> {
  for (const one of unsent) {
    yield lineOf(one.id, one);
    one.text = "";
  }
}
