/**
 * The engine: one idempotent step, which looks at what exists of a job, does
 * what is due, and never sleeps. `run` and `stream` loop over it.
 *
 * @module
 */

import { UsageCounter } from "../pricing/mod.ts";
import type { ProgressEvent } from "../progress/mod.ts";
import { createBatch } from "./create_batch.ts";
import type { JobSettings } from "./options.ts";
import { Outbox } from "./outbox.ts";
import type { PartState } from "./part_state.ts";
import { pollIntervalAfter } from "./poll_interval.ts";
import { readPart } from "./read_part.ts";
import { refresh } from "./refresh.ts";
import { listRemote, type Remote } from "./remote.ts";
import type { JobStatus } from "./status.ts";
import type { AnyResult, Surroundings } from "./surroundings.ts";
import { formatTag } from "./tag.ts";

/** One job in one process. */
export class JobEngine {
  /** The job's options. */
  readonly settings: JobSettings;
  /** The parts that were uploaded. */
  readonly parts: PartState[] = [];
  /** What the answers used and cost. */
  readonly usage: UsageCounter;
  /** Gets every change of the three phases. */
  onProgress: (event: ProgressEvent) => void = () => {};

  readonly #around: Surroundings;
  readonly #outbox: Outbox;
  #remote: Remote | undefined;
  #refused = 0;
  #looks = 0;
  #nextLook = 0;
  #createdAt: number;

  /**
   * @param around The client's.
   * @param requests What the caller passed.
   * @param settings The job's options.
   */
  constructor(around: Surroundings, requests: unknown, settings: JobSettings) {
    this.#around = around;
    this.settings = settings;
    this.usage = new UsageCounter(around.prices);
    this.#outbox = new Outbox(
      around,
      requests,
      settings,
      () => this.#report("Preparing", this.#outbox.prepared),
    );
    this.#createdAt = around.clock.now();
  }

  /** Whether the whole input is queued at OpenAI. */
  get isSent(): boolean {
    return this.#outbox.ended && this.parts.every(({ batch }) => batch);
  }

  /** Whether every result was handed out. */
  get isDelivered(): boolean {
    return this.#outbox.ended && this.#outbox.refused.length === 0 &&
      this.parts.every(({ done }) => done);
  }

  /**
   * Does what is due: find what exists of the job, create the batches that
   * uploaded parts wait for, upload one more part, look at the batches when it
   * is time. Follow-up rounds and void batches have their place at the end.
   *
   * @throws {APIError} If a call is refused, or would have to wait longer than a second.
   * @throws {ConnectionError} If a call gets no answer.
   * @throws {JobConflictError} If the job's name stands for other input.
   * @throws {TypeError} If a request breaks a rule.
   */
  async step(): Promise<void> {
    this.#remote ??= await this.#findRemote();
    for (const part of this.parts) await this.#ensureBatch(part);
    if (!this.#outbox.ended) await this.#sendNext(this.#remote);
    if (this.#now >= this.#nextLook) await this.#look();
  }

  /**
   * Reads what can be read now.
   *
   * @returns Results that were not handed out before.
   * @throws {ConnectionError} If a download broke off; it may be called again.
   */
  async *results(): AsyncGenerator<AnyResult> {
    const { files } = this.#around;
    const { refused } = this.#outbox;
    for (let next = refused.shift(); next; next = refused.shift()) {
      this.#refused++;
      yield next;
    }
    for (const part of this.parts) {
      const read = readPart(part, files, this.#now, this.settings.signal);
      for await (const result of read) {
        this.#count(part, result);
        yield result;
      }
    }
    this.#reportProcessing();
  }

  /** Lets go of the input. What was sent goes on. */
  async close(): Promise<void> {
    await this.#outbox.close();
  }

  /** Where the job stands. */
  get status(): JobStatus {
    const { settings, parts } = this;
    const counts = parts.map((part) => part.counts);
    const refused = this.#refused + this.#outbox.refused.length;
    const succeeded = sum(counts.map((count) => count.succeeded));
    const failed = sum(counts.map((count) => count.failed)) + refused;
    const total = this.#outbox.total ?? this.#outbox.prepared;
    const readable = parts.filter((part) => part.isReadable(this.#now));
    const done = this.#outbox.ended && readable.length === parts.length;
    const waits = !done && this.#outbox.ended;
    return {
      id: settings.id,
      phase: done ? "Done" : this.#phase,
      done,
      stopped: undefined,
      requests: { total, succeeded, failed, open: total - succeeded - failed },
      parts: { total: parts.length, done: readable.length },
      activeBatches: parts.filter(({ isActive }) => isActive).length,
      createdAt: new Date(this.#createdAt),
      wait: waits ? Math.max(0, this.#nextLook - this.#now) : 0,
      cleaned: false,
    };
  }

  get #phase(): "Preparing" | "Sending" | "Processing" {
    if (this.isSent) return "Processing";
    return this.parts.length > 0 ? "Sending" : "Preparing";
  }

  get #now(): number {
    return this.#around.clock.now();
  }

  async #findRemote(): Promise<Remote> {
    const { id, fresh, signal } = this.settings;
    if (fresh) return { files: new Map(), batches: new Map() };
    const remote = await listRemote(this.#around, id, signal);
    for (const { created_at } of remote.files.values()) {
      this.#createdAt = Math.min(this.#createdAt, created_at * 1_000);
    }
    return remote;
  }

  async #sendNext(remote: Remote): Promise<void> {
    const part = await this.#outbox.sendNext(remote);
    if (!part) return;
    const batch = remote.batches.get(formatTag(part.tag));
    if (batch) part.see(batch, this.#now);
    this.parts.push(part);
    await this.#ensureBatch(part);
    this.#reportSending();
  }

  async #ensureBatch(part: PartState): Promise<void> {
    if (part.batch) return;
    await createBatch(part, this.#around, this.settings);
    if (part.batch) return this.#reportSending();
    // Its lookup must not wait for the next look at the others.
    const soon = this.#now + this.#around.settleTime / 4;
    this.#nextLook = Math.min(this.#nextLook, soon);
  }

  async #look(): Promise<void> {
    const { pollInterval, signal } = this.settings;
    // A batch that has ended is looked at again while its files are to come.
    const watched = new Map(
      this.parts.flatMap((part) =>
        part.batch && !part.isReadable(this.#now) ? [[part.batch.id, part]] : []
      ),
    );
    const ids = [...watched.keys()];
    for (const batch of await refresh(this.#around.batches, ids, signal)) {
      watched.get(batch.id)?.see(batch, this.#now);
    }
    this.#nextLook = this.#now + pollIntervalAfter(this.#looks++, pollInterval);
    this.#reportProcessing();
  }

  #count(part: PartState, result: AnyResult): void {
    const { usage, via } = result;
    if (!usage && !result.ok) return;
    const model = result.model ?? part.model ?? "unknown";
    this.usage.add({ model, via, usage });
  }

  #reportSending(): void {
    const sent = this.parts.filter(({ batch }) => batch);
    this.#report("Sending", sum(sent.map(({ tag }) => tag.lines)));
  }

  #reportProcessing(): void {
    if (this.parts.length === 0) return;
    const counts = this.parts.map((part) => part.counts);
    this.#report(
      "Processing",
      sum(counts.map(({ succeeded, failed }) => succeeded + failed)),
    );
  }

  #report(phase: ProgressEvent["phase"], done: number): void {
    const { total, refused } = this.#outbox;
    const outside = phase === "Preparing" ? 0 : this.#refused + refused.length;
    this.onProgress({
      phase,
      done,
      total: total === undefined ? undefined : total - outside,
    });
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
