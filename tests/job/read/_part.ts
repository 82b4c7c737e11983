/** A part whose batches have answered this and that, to be read without a server. */

import { APIError, type Batch, type FileObject } from "@offpeak/openai-batch";
import { PartAnswers } from "../../../src/job/read/part_answers.ts";
import type { ReadContext } from "../../../src/job/read/context.ts";
import { JobClock } from "../../../src/job/state/job_clock.ts";
import { Part } from "../../../src/job/state/part.ts";
import { sizeOf } from "../../../src/job/state/slice.ts";
import { IdList } from "../../../src/requests/id_list.ts";
import { IdTable } from "../../../src/requests/id_table.ts";
import type { Files } from "../../../src/rest/files.ts";

export const MINUTE = 60_000;
/** When all batches end, unless they say otherwise, ms. */
export const END: number = Date.UTC(2026, 0, 1);

/** What a batch did. */
export interface Ran {
  /** The round. @default 0 */
  round?: number;
  /** Which lines of the part, where that is another slice. */
  asks?: [first: number, last: number];
  /** @default "completed" */
  status?: Batch["status"];
  /** The answers in its output file, by the ids: a status other than 200 stands in the error file. */
  says?: Record<string, number>;
  /** Lines that it is refused for, from 1, or one that names none: 0. */
  refuses?: number[];
  /** Lines of its file, where that is another round's. */
  lines?: number;
  /** When it was retrieved last, after its end, ms. @default 0 */
  seen?: number;
  /** When it ended, ms after the others. @default 0 */
  ended?: number;
  /** Whether it hides its files in a list. */
  isListed?: boolean;
  /** Lines behind those in its output file, as they are. */
  more?: string[];
}

/** What came of reading. */
export interface Read {
  /** The final results, by id: "ok", or a code. */
  results: Record<string, string>;
  /** How often those that are asked again were asked, by id. */
  again: Record<string, number>;
  /** When to look again, in minutes after the end. */
  looks: number[];
  /** Batches that were retrieved because a list had told of them. */
  confirmed: string[];
  /** Rounds that were read to their end. */
  rounds: number;
  /** The answers that count as paid, those too that nobody needs. */
  paid: string[];
  done: boolean;
}

/** A part of requests a, b, c, …, and what its batches did. */
export class World {
  readonly part: Part;
  readonly answers: PartAnswers = new PartAnswers();
  readonly files: Map<string, string> = new Map();
  /** The batches, in the order in which they ran. */
  readonly batches: Batch[] = [];
  /** What it shows, ms. */
  #time = END;
  readonly #lines: number;
  readonly #read: Read = {
    results: {},
    again: {},
    looks: [],
    confirmed: [],
    paid: [],
    rounds: 0,
    done: false,
  };

  constructor(lines: number, isBlind: boolean = false) {
    const ids = new IdTable();
    for (let i = 0; i < lines; i++) ids.add(idOf(i));
    const now = () => this.#time;
    const clock = new JobClock({ now, sleep: () => Promise.resolve() });
    this.part = new Part(clock, 0);
    if (!isBlind) {
      const endpoint = "/v1/chat/completions";
      const known = { ids: new IdList(ids), endpoint, model: "m" };
      this.part.know(known as unknown as Parameters<Part["know"]>[0]);
    }
    this.#lines = lines;
    this.part.isLeaf = true;
    this.part.reading = this.answers;
  }

  /** A batch has run, or still does. */
  add(ran: Ran): this {
    const { round: number = 0, status = "completed", isListed = false } = ran;
    const { says = {}, refuses, ended = 0, seen = ended } = ran;
    const asks = ran.asks && { first: ran.asks[0], last: ran.asks[1] };
    const id = `batch_${this.batches.length}`;
    const hasEnded = status !== "in_progress";
    const batch = {
      id,
      endpoint: "/v1/chat/completions",
      status,
      created_at: END / 1_000 - 1_000 + this.batches.length,
      [`${status}_at`]: hasEnded ? (END + ended) / 1_000 : undefined,
      input_file_id: `file_of_${id}`,
      output_file_id: this.#file(id, "output", says, ran.more),
      error_file_id: this.#file(id, "error", says),
      request_counts: { total: 1, completed: 1, failed: 0 },
      ...(refuses ? { errors: { data: refuses.map(refusal) } } : {}),
    } as unknown as Batch;
    this.batches.push(batch);
    const round = this.part.round(number);
    const lines = ran.lines ?? (asks ? sizeOf(asks) : this.#lines);
    const file = {
      id: batch.input_file_id,
      object: "file",
      bytes: 1,
      created_at: batch.created_at,
      filename: "",
      purpose: "batch",
    } as FileObject;
    const tag = {
      job: "night",
      part: 0,
      slice: asks ?? this.part.slice,
      round: number,
      lines,
      digest: "0123456789abcdef",
      last: true,
    };
    round.addFile(file, tag, false);
    const shown = isListed
      ? { ...batch, output_file_id: null, error_file_id: null }
      : batch;
    this.#time = END + seen;
    round.see(shown as Batch, isListed, asks);
    return this;
  }

  /** Reads what can be read so long after the end of the batches. */
  async read(
    after = 0,
    { maxAttempts = 3, stopped }: {
      maxAttempts?: number;
      stopped?: ReadContext["stopped"];
    } = {},
  ): Promise<Read> {
    const read = this.#read;
    read.looks = [];
    this.#time = END + after;
    const context: ReadContext = {
      files: this.#fake(),
      now: END + after,
      signal: undefined,
      answers: { maxAttempts, retry: undefined, schema: undefined },
      stopped,
      onAnswer: ({ id }) => void read.paid.push(id),
      onQuota: () => {},
      lookAt: (time) => void read.looks.push((time - END) / MINUTE),
      confirm: (batches) => {
        for (const { id } of batches) {
          read.confirmed.push(id);
          const batch = this.batches.find((one) => one.id === id)!;
          for (const round of this.part.rounds) {
            if (!round.has(batch)) continue;
            round.see(batch, false, round.asksOf(batch));
          }
        }
        return Promise.resolve();
      },
      loadIds: () => Promise.resolve(this.part.ids),
    };
    for await (const results of this.answers.read(this.part, context)) {
      for (const result of results) {
        if (result.id in read.results) throw new Error(`twice: ${result.id}`);
        read.results[result.id] = result.ok ? "ok" : result.error.code;
      }
    }
    read.again = {};
    for (const [id, { attempts }] of this.answers.held) {
      read.again[id] = attempts;
    }
    read.rounds = this.answers.rounds;
    read.done = this.answers.done;
    return read;
  }

  #file(
    batch: string,
    kind: "output" | "error",
    says: Record<string, number>,
    more: readonly string[] = [],
  ): string | null {
    const lines = Object.entries(says)
      .filter(([, status]) => (status === 200) === (kind === "output"))
      .map(([id, status]) => JSON.stringify(lineOf(id, status)))
      .concat(more);
    if (lines.length === 0) return null;
    const id = `${kind}_of_${batch}`;
    this.files.set(id, `${lines.join("\n")}\n`);
    return id;
  }

  #fake(): Files {
    const content = (id: string) => {
      const text = this.files.get(id);
      return text === undefined
        ? Promise.reject(gone())
        : Promise.resolve(new Response(text));
    };
    const retrieve = (id: string) =>
      Promise.resolve({ id, bytes: this.files.get(id)!.length });
    return { content, retrieve } as unknown as Files;
  }
}

function gone(): APIError {
  const headers = new Headers();
  return new APIError("No such file", { status: 404, headers, error: {} });
}

/** a, b, c, … */
function idOf(line: number): string {
  return String.fromCharCode("a".charCodeAt(0) + line);
}

function refusal(line: number): object {
  return line === 0
    ? { code: "bad_file", message: "The file is bad" }
    : { code: `bad_${line}`, message: "The line is bad", line };
}

export function lineOf(custom_id: string, status_code: number): object {
  const message = { role: "assistant", content: `answer ${custom_id}` };
  const body = status_code === 200
    ? { choices: [{ index: 0, message, finish_reason: "stop" }] }
    : { error: { code: `http_${status_code}`, message: "No" } };
  return { custom_id, response: { status_code, body }, error: null };
}
