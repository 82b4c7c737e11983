/**
 * The responses of a named job, kept in small files at OpenAI: there is no
 * list of responses, and a process may die.
 *
 * @module
 */

import { JobConflictError, OpenAIBatchError } from "../../errors.ts";
import { parseLines } from "../../jsonl/decode.ts";
import type { Contact } from "../../rest/contact.ts";
import type { Files } from "../../rest/files.ts";
import { isGone, isPassing } from "../../rest/retry.ts";
import { isObject } from "../../rest/shape.ts";
import type { FileObject } from "../../types/batch.ts";
import type { Clock } from "../../types/platform.ts";
import { Refusals } from "../_refusals.ts";

/** Ms between two files at least; nothing is created while an id is unwritten for longer. */
export const LEDGER_INTERVAL = 10_000;

/** More files than these are put into one. */
export const MOST_FILES = 50;

/** Files that are read at a time. */
const READ_AT_ONCE = 8;

/** How often a file is read that has not the lines that its name says. */
const READS = 3;

const NAME =
  /^([A-Za-z0-9_-]{1,64})\.v1\.responses\.(n(\d{1,8})|cancelled)\.jsonl$/;

/** Names the mark of a job that was cancelled for good. */
const CANCELLED = "cancelled";

/** A response, and the request that it answers. */
export interface Kept {
  /** The response's id. */
  response: string;
  /** Which attempt of the request it is: 1, 2, … */
  attempt: number;
}

/** A line of a ledger file. */
interface Entry extends Kept {
  custom_id: string;
  /** Of the request's body and its lane. */
  digest: string;
}

/** What a ledger needs. */
export interface LedgerContext {
  /** Where it is kept. */
  files: Files;
  /** Measures the time between two files. */
  clock: Clock;
  /** Whether anything gets through. */
  contact: Contact;
  /** The job's id. */
  job: string;
  /** How long lists may lag behind, ms. */
  settleTime: number;
}

/** What is known of one request. */
interface Known {
  digest: string;
  kept: Kept[];
}

/** The ledger of one job. */
export class Ledger {
  /** Whether the job was cancelled for good. */
  isCancelled = false;
  readonly #context: LedgerContext;
  readonly #known = new Map<string, Known>();
  /** The files that hold what is written. */
  #files: string[] = [];
  /** What is in no file yet. */
  #unwritten: { entry: Entry; at: number }[] = [];
  #lastWriteAt = -Infinity;
  #lookedAt = -Infinity;
  #writing: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  #isClosing = new AbortController();
  #waiting: (() => void)[] = [];

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /**
   * Reads what earlier processes have left. Lists may lag behind: they are
   * given the time to show it.
   */
  async open(signal: AbortSignal | undefined): Promise<void> {
    const { clock, settleTime } = this.#context;
    await clock.sleep(settleTime, signal);
    await this.#insist(() => this.#readAll(signal));
  }

  /**
   * Looks whether another process has cancelled the job since. Asked again
   * within the time that lists may lag behind, it doesn't look.
   */
  async findCancel(): Promise<void> {
    const { clock, settleTime } = this.#context;
    const now = clock.now();
    if (this.isCancelled || now - this.#lookedAt < settleTime) return;
    this.#lookedAt = now;
    await this.#insist(async () => void await this.#list(undefined));
  }

  async #readAll(signal: AbortSignal | undefined): Promise<void> {
    const listed = await this.#list(signal);
    const found = listed.filter(({ filename }) => !isCancelMark(filename));
    const ids = listed.map(({ id }) => id);
    for (let i = 0; i < found.length; i += READ_AT_ONCE) {
      const some = found.slice(i, i + READ_AT_ONCE);
      const read = await Promise.all(
        some.map((file) => this.#read(file, signal)),
      );
      for (const entry of read.flat()) this.#learn(entry);
    }
    this.#files = ids;
  }

  /** Every file of the job. */
  async #list(signal: AbortSignal | undefined): Promise<FileObject[]> {
    const { files, job } = this.#context;
    const found: FileObject[] = [];
    const query = { purpose: "batch", limit: 10_000 };
    for await (const file of files.list(query, { signal })) {
      const [, owner, what] = NAME.exec(String(file.filename)) ?? [];
      if (owner !== job) continue;
      if (what === CANCELLED) this.isCancelled = true;
      found.push(file);
    }
    return found;
  }

  /** Every response that is known. */
  get responses(): string[] {
    return [...this.#known.values()].flatMap(({ kept }) =>
      kept.map(({ response }) => response)
    );
  }

  /** How many requests it knows. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Finds the response of a request that was created before.
   *
   * @returns That of the next attempt of which there is one.
   * @throws {JobConflictError} If the job has another request under this id.
   */
  find(id: string, digest: string, attempts: number): Kept | undefined {
    const known = this.#known.get(id);
    if (!known) return undefined;
    if (known.digest !== digest) throw this.#conflict(id);
    let next: Kept | undefined;
    for (const kept of known.kept) {
      const isLater = kept.attempt > attempts &&
        kept.attempt < (next?.attempt ?? Infinity);
      if (isLater) next = kept;
    }
    return next;
  }

  /** Enters a response; it is written soon. */
  add(id: string, digest: string, kept: Kept): void {
    const entry = { custom_id: id, digest, ...kept };
    this.#learn(entry);
    this.#unwritten.push({ entry, at: this.#context.clock.now() });
    this.#writing ??= this.#write().finally(() => this.#writing = undefined);
  }

  /**
   * Waits while an id is unwritten for so long that a crash would lose too
   * many.
   *
   * @throws What writing has ended with.
   */
  async ready(signal: AbortSignal): Promise<void> {
    while (this.#isBehind) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    signal.throwIfAborted();
    if (this.#failure) throw this.#failure.error;
  }

  /** Ends waits whose signal was aborted. */
  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Writes what is left, at once. What can't be written may be paid again. */
  async close(): Promise<void> {
    this.#isClosing.abort(null);
    await this.#writing?.catch(() => {});
  }

  /** Marks the job as cancelled for good. */
  async cancel(): Promise<void> {
    if (this.isCancelled) return;
    this.isCancelled = true;
    // OpenAI looks at the first line of an upload: it must be an object.
    await this.#upload(CANCELLED, '{"custom_id":"marker"}\n');
  }

  /** Deletes its files. */
  async delete(): Promise<void> {
    for (const id of this.#files.splice(0)) await this.#deleteFile(id);
  }

  get #isBehind(): boolean {
    const oldest = this.#unwritten[0];
    if (!oldest || this.#failure) return false;
    return this.#context.clock.now() - oldest.at > LEDGER_INTERVAL;
  }

  #learn({ custom_id, digest, response, attempt }: Entry): void {
    const known = this.#known.get(custom_id) ?? { digest, kept: [] };
    this.#known.set(custom_id, known);
    if (known.digest !== digest) throw this.#conflict(custom_id);
    const isThere = known.kept.some((one) => one.response === response);
    if (!isThere) known.kept.push({ response, attempt });
  }

  #conflict(id: string): JobConflictError {
    const { job } = this.#context;
    return new JobConflictError(
      `The job ${job} has already sent a different request with the id ${
        JSON.stringify(id.slice(0, 64))
      }, or in another lane: other input needs another name`,
      { jobId: job, part: 0 },
    );
  }

  async #write(): Promise<void> {
    const { clock } = this.#context;
    while (this.#unwritten.length > 0 && !this.#failure) {
      const wait = this.#lastWriteAt + LEDGER_INTERVAL - clock.now();
      if (wait > 0) await this.#pause(wait);
      this.#lastWriteAt = clock.now();
      try {
        await this.#writeFile();
      } catch (error) {
        this.#failure = { error };
      }
      this.wake();
    }
  }

  /** Waits, unless there is no time left. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#isClosing;
    if (signal.aborted) return;
    await this.#context.clock.sleep(ms, signal).catch(() => {});
  }

  /** One file of what is new; where there are many, one of everything, in place of all. */
  async #writeFile(): Promise<void> {
    const count = this.#unwritten.length;
    const old = this.#files.length >= MOST_FILES ? [...this.#files] : [];
    const entries = old.length > 0
      ? this.#entries()
      : this.#unwritten.map(({ entry }) => entry);
    const lines = entries.map((entry) => JSON.stringify(entry) + "\n");
    await this.#insist(() => this.#upload(`n${lines.length}`, lines.join("")));
    this.#unwritten.splice(0, count);
    if (old.length === 0) return;
    this.#files = this.#files.filter((id) => !old.includes(id));
    // What is left of them says nothing that is wrong.
    for (const id of old) await this.#deleteFile(id).catch(() => {});
  }

  #entries(): Entry[] {
    return [...this.#known].flatMap(([custom_id, { digest, kept }]) =>
      kept.map((one) => ({ custom_id, digest, ...one }))
    );
  }

  async #upload(what: string, text: string): Promise<void> {
    const { files, job } = this.#context;
    const file = new File([text], `${job}.v1.responses.${what}.jsonl`);
    const { id } = await files.create({ file, purpose: "batch" });
    this.#files.push(id);
  }

  async #insist(work: () => Promise<void>): Promise<void> {
    const refusals = new Refusals(this.#context.contact);
    while (true) {
      try {
        return await work();
      } catch (error) {
        const isClosing = this.#isClosing.signal.aborted && refusals.count > 2;
        if (!isPassing(error) || isClosing) throw error;
        if (refusals.add(this.#context.clock.now())) throw error;
        await this.#context.clock.sleep(refusals.pause);
      }
    }
  }

  async #deleteFile(id: string): Promise<void> {
    try {
      await this.#context.files.delete(id);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async #read(
    { id, filename }: FileObject,
    signal: AbortSignal | undefined,
  ): Promise<Entry[]> {
    const lines = Number(NAME.exec(filename)?.[3]);
    for (let read = 0; read < READS; read++) {
      const entries = await this.#entriesIn(id, lines, signal);
      if (entries === undefined || entries.length === lines) {
        return entries ?? [];
      }
    }
    throw new OpenAIBatchError(
      `The file ${id} doesn't have the ${lines} responses its name says: without them, they would be paid for again`,
      { code: "unreadable", jobId: this.#context.job },
    );
  }

  /** Undefined if the file is gone: another process has put it into one with others. */
  async #entriesIn(
    id: string,
    lines: number,
    signal: AbortSignal | undefined,
  ): Promise<Entry[] | undefined> {
    try {
      const content = await this.#context.files.content(id, { signal });
      const entries: Entry[] = [];
      for await (const line of parseLines(content, { malformed: () => {} })) {
        if (isEntry(line)) entries.push(line);
        if (entries.length > lines) break; // it is not what its name says
      }
      return entries;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }
}

function isCancelMark(filename: string): boolean {
  return NAME.exec(filename)?.[2] === CANCELLED;
}

function isEntry(line: unknown): line is Entry {
  if (!isObject(line)) return false;
  const { custom_id, response, attempt, digest } = line;
  return typeof custom_id === "string" && typeof digest === "string" &&
    typeof response === "string" && /^[\w-]{1,200}$/.test(response) &&
    Number.isSafeInteger(attempt) && Number(attempt) > 0;
}
