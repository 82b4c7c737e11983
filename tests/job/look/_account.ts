/** An account of files and batches without a server, and what one process sees of a job in it. */

import { APIError, type Batch, type FileObject } from "@offpeak/openai-batch";
import { RemoteView } from "../../../src/job/look/remote_view.ts";
import type { JobContext } from "../../../src/job/context.ts";
import { JobClock } from "../../../src/job/state/job_clock.ts";
import { markFile, type MarkKind } from "../../../src/job/state/marks.ts";
import { OwnProcess } from "../../../src/job/state/own_process.ts";
import { Parts } from "../../../src/job/state/parts.ts";

export const SECOND = 1_000;
export const NOW: number = Date.UTC(2026, 0, 1);
/** Of a job whose parts have three requests each. */
const DIGEST = "0123456789abcdef";

export function refusal(status: number): APIError {
  return new APIError("No", { status, headers: new Headers(), error: {} });
}

export interface Situation {
  /** Whether the job was made up just now. */
  fresh?: boolean;
  settleTime?: number;
  batchTimeout?: number;
  /** Items on a page. @default 100 */
  page?: number;
}

export class Account {
  time: number = NOW;
  /** The newest first. */
  readonly files: FileObject[] = [];
  /** The newest first. */
  readonly batches: Batch[] = [];
  /** What retrieves and cancels of a batch answer, instead of the batch. */
  readonly answers: Map<string, Batch | number> = new Map();
  /** All calls: "files", "batches", "batches after b1", "retrieve b1", "cancel b1". */
  readonly calls: string[] = [];
  readonly parts: Parts;
  readonly context: JobContext;
  readonly view: RemoteView;
  readonly #page: number;

  constructor(
    { fresh = false, settleTime = 30 * SECOND, batchTimeout, page = 100 }:
      Situation = {},
  ) {
    this.#page = page;
    const clock = new JobClock({
      now: () => this.time,
      sleep: () => Promise.resolve(),
    });
    this.parts = new Parts("night", clock);
    const services = {
      clock,
      settleTime,
      files: { list: this.#list("files", this.files) },
      batches: {
        list: this.#list("batches", this.batches),
        retrieve: (id: string) => this.#call("retrieve", id),
        cancel: (id: string) => this.#call("cancel", id),
      },
    };
    const settings = { id: "night", fresh, batchTimeout, pollInterval: 60_000 };
    const own = new OwnProcess(NOW, true);
    const { parts } = this;
    this.context = { services, settings, parts, own } as unknown as JobContext;
    this.view = new RemoteView(this.context);
  }

  /** A file that was uploaded so long ago, ms. */
  addFile(name: string, age = 3_600_000): FileObject {
    const file = {
      id: `f${this.files.length + 1}`,
      object: "file",
      filename: name,
      bytes: 1,
      created_at: (NOW - age) / 1_000,
      purpose: "batch",
    } as FileObject;
    this.files.unshift(file);
    return file;
  }

  /** A mark. */
  addMark(kind: MarkKind, job: string = "night"): FileObject {
    return this.addFile(markFile(job, kind).name);
  }

  /** The first file of a part. */
  addPart(part = 0, age?: number): FileObject {
    return this.addFile(`night.v1.p${part}.r0.n3.${DIGEST}.last.jsonl`, age);
  }

  /** A batch that was created so long ago, ms. */
  addBatch(
    file: FileObject | undefined,
    { age = 3_600_000, status = "in_progress", ...more }:
      & { age?: number }
      & Partial<Batch> = {},
  ): Batch {
    const batch = {
      id: `b${this.batches.length + 1}`,
      object: "batch",
      endpoint: "/v1/chat/completions",
      input_file_id: file?.id ?? "file_gone",
      status,
      created_at: (NOW - age) / 1_000,
      metadata: {
        offpeak: file?.filename.replace(/\.jsonl$/, "") ??
          `night.v1.p0.r0.n3.${DIGEST}`,
      },
      ...more,
    } as Batch;
    this.batches.unshift(batch);
    return batch;
  }

  /** So many batches of others, created so long ago, ms. */
  addOthers(count: number, age = 0): void {
    for (let i = 0; i < count; i++) {
      this.addBatch(undefined, { age, metadata: null });
    }
  }

  #call(what: string, id: string): Promise<Batch> {
    this.calls.push(`${what} ${id}`);
    const answer = this.answers.get(`${what} ${id}`) ?? this.answers.get(id) ??
      this.batches.find((batch) => batch.id === id) ?? 404;
    return typeof answer === "number"
      ? Promise.reject(refusal(answer))
      : Promise.resolve(answer);
  }

  #list(what: string, all: { id: string }[]) {
    return ({ after }: { after?: string } = {}) => {
      this.calls.push(after === undefined ? what : `${what} after ${after}`);
      const answer = this.answers.get(what);
      if (typeof answer === "number") return Promise.reject(refusal(answer));
      const start = after === undefined
        ? 0
        : all.findIndex(({ id }) => id === after) + 1;
      const data = all.slice(start, start + this.#page);
      const has_more = start + this.#page < all.length;
      return Promise.resolve({
        data,
        has_more,
        hasNextPage: () => has_more,
        getNextPage: () => this.#list(what, all)({ after: data.at(-1)!.id }),
      });
    };
  }
}
