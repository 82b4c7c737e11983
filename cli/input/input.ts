/**
 * What a command is given to ask: requests, or rows and a prompt.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type {
  BatchRequest,
  Endpoint,
  RequestLine,
  Requests,
} from "../../mod.ts";
import { printableLine } from "../../src/printable.ts";
import {
  readPartOptions,
  readRequestOptions,
} from "../../src/requests/options.ts";
import { Shaper } from "../../src/requests/shape.ts";
import type { ShapedRequest } from "../../src/requests/shaped_request.ts";
import { type LineDefaults, toLine } from "../../src/requests/to_line.ts";
import { UsageError } from "../messages/errors.ts";
import type { Flags } from "../flags/flags.ts";
import {
  answersFor,
  checkPrompt,
  hintFor,
  type Prompt,
  promptOf,
  tableOptionsOf,
} from "./options.ts";
import type { Io } from "../io.ts";
import { Misspelt } from "./misspelt.ts";
import {
  isFolder,
  openPictures,
  pictureFlags,
  type Pictures,
} from "./pictures.ts";
import { paramsOf } from "../flags/options.ts";
import { plural } from "../messages/figures.ts";
import type { Reporter } from "../messages/reporter.ts";
import { type Made, RequestMaker } from "../prompt/request.ts";
import type { Answers } from "../prompt/schema.ts";
import { openBytes } from "../table/bytes.ts";
import { readHead } from "../table/head.ts";
import { Ids } from "../table/ids.ts";
import { type Row, Table } from "../table/table.ts";

/** How long to read an input without saying so, ms. */
const PATIENCE = 1_000;
/** How many of the files that were left out are named. */
const MOST_NAMES = 5;
/** How many of the rows that were left out are listed. */
const LISTED = 20;

/** What a command is given to ask. */
export interface Input {
  /** Its rows, by number; of requests too. */
  readonly table: Table;
  /** The requests; they can be read anew. */
  readonly requests: Requests<Endpoint>;
  /** How many there are. */
  readonly size: number;
  /** What answers must be; undefined if they are any text. */
  readonly answers: Answers | undefined;
  /**
   * @param id The id of a request.
   * @returns The number of its row; undefined if no row has it.
   */
  rowOf(id: string): number | undefined;
  /**
   * Some of the requests, as whole lines. One without an id gets the number of
   * its row in the whole input.
   *
   * @param isWanted Decides by the id.
   * @returns The lines.
   */
  lines(isWanted: (id: string) => boolean): Generator<RequestLine<Endpoint>>;
  /**
   * @returns The ids in the order of the rows, in blocks.
   */
  ids(): Generator<string[]>;
  /** Closes the file. */
  close(): void;
}

/**
 * Opens an input, and checks it as a whole, so that nothing is sent if its
 * last row is wrong.
 *
 * @param path The file, pipe or folder of pictures; "-" is stdin.
 * @param given Options that say what is in it and what to ask.
 * @param io Has stdin.
 * @param reporter Lists what `--skip-bad` left out.
 * @param isDirect Whether it is sent without batches, which take less. @default false
 * @returns The input.
 * @throws {UsageError} If a row can't be sent, or a column is not there.
 * @throws {TypeError} If the requests break a rule.
 */
export async function openInput(
  path: string,
  given: Flags,
  io: Io,
  reporter: Reporter,
  isDirect = false,
): Promise<Input> {
  const prompt = promptOf(given);
  const answers = answersFor(given);
  const pictures = isFolder(path) ? openPictures(path) : undefined;
  const flags = pictures ? pictureFlags(given) : given;
  if (pictures) await tellOfOthers(path, pictures, reporter);
  const bytes = pictures?.bytes ?? await openBytes(path, io);
  try {
    const { text } = readHead(bytes);
    const table = new Table(
      bytes,
      tableOptionsOf(bytes.name, text, flags, prompt),
    );
    checkPrompt(table, flags, prompt);
    const input = new CheckedInput(table, prompt, answers, flags, isDirect);
    await input.check(reporter);
    return input;
  } catch (error) {
    bytes.close();
    throw error;
  }
}

/** Says that a folder has other files too, such as pictures in a format that OpenAI can't read. */
async function tellOfOthers(
  folder: string,
  { others }: Pictures,
  reporter: Reporter,
): Promise<void> {
  if (others.length === 0) return;
  const more = others.length - MOST_NAMES;
  const names = others.slice(0, MOST_NAMES).map(printableLine).join(", ");
  const text = `Left out ${names}${
    more > 0 ? ` and ${plural(more, "other file")}` : ""
  } in ${folder}: only PNG, JPEG, GIF and WEBP can be sent`;
  await reporter.tell(text, { type: "skipped", files: others.length });
}

class CheckedInput implements Input {
  readonly table: Table;
  readonly answers: Answers | undefined;
  size = 0;
  readonly #flags: Flags;
  /** Undefined for requests, which need no making. */
  readonly #maker: RequestMaker | undefined;
  readonly #defaults: LineDefaults;
  readonly #shaper: Shaper;
  /** Undefined if the ids are row numbers. */
  readonly #ids: Ids | undefined;
  readonly #bad = new Set<number>();

  constructor(
    table: Table,
    { text, system }: Prompt,
    answers: Answers | undefined,
    flags: Flags,
    isDirect: boolean,
  ) {
    const { image, id } = flags;
    const schema = answers &&
      { schema: answers.schema, parse: "json", name: "output" } as const;
    const params = paramsOf(flags);
    const defaults = readRequestOptions({
      endpoint: flags.endpoint,
      params,
      schema,
      isDirect,
      lane: flags.lane,
    });
    this.table = table;
    this.answers = answers;
    this.#flags = flags;
    this.#defaults = defaults;
    this.#shaper = new Shaper(defaults, false);
    this.#maker = table.format === "requests"
      ? undefined
      : new RequestMaker(table, {
        text,
        system,
        image,
        id,
        endpoint: defaults.endpoint,
      });
    this.#ids = this.#maker && id === undefined
      ? undefined
      : new Ids((row) => this.#idOf(this.table.row(row)));
  }

  get requests(): Requests<Endpoint> {
    const { size } = this; // for the bars
    return Object.assign(() => this.#read(), { size });
  }

  *lines(
    isWanted: (id: string) => boolean,
  ): Generator<RequestLine<Endpoint>> {
    for (const row of this.#rows()) {
      if (!isWanted(this.#idOf(row))) continue;
      const request = this.#requestOf(row);
      const { line } = toLine(request, row.index, this.#defaults);
      yield line as RequestLine<Endpoint>;
    }
  }

  rowOf(id: string): number | undefined {
    if (this.#ids) return this.#ids.find(id);
    const row = /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : Infinity;
    return row < this.table.size && !this.#bad.has(row) ? row : undefined;
  }

  *ids(): Generator<string[]> {
    for (const block of this.table.blocks()) {
      yield block.filter(({ index }) => !this.#bad.has(index))
        .map((row) => this.#idOf(row));
    }
  }

  close(): void {
    this.table.close();
  }

  /** Reads all rows once. */
  async check(reporter: Reporter): Promise<void> {
    if (this.table.hasHeader) this.#maker?.checkColumns();
    const problems: string[] = [];
    let sayAt: number | undefined = performance.now() + PATIENCE;
    const misspelt = new Misspelt(reporter, this.#defaults.endpoint);
    misspelt.seeFields(paramsOf(this.#flags), "--params");
    for (const block of this.table.blocks()) {
      for (const row of block) {
        if (!this.#maker) misspelt.see(row.record, `line ${row.line}`);
        const problem = row.problem ?? this.#problemOf(row);
        if (problem === undefined) {
          this.size++;
          continue;
        }
        this.#bad.add(row.index);
        if (problems.length < LISTED) {
          problems.push(this.#placeOf(row, problem));
        }
      }
      if (sayAt === undefined || performance.now() < sayAt) continue;
      sayAt = undefined;
      const text = `Reading ${this.table.name} before anything is sent`;
      await reporter.tell(text, { type: "waiting", message: text });
    }
    this.#maker?.checkColumns();
    if (this.#bad.size > 0) await this.#tellOfBad(problems, reporter);
    if (this.size === 0) throw this.#isEmpty();
  }

  *#rows(): Generator<Row> {
    for (const block of this.table.blocks()) {
      for (const row of block) if (!this.#bad.has(row.index)) yield row;
    }
  }

  *#read(): Generator<BatchRequest<Endpoint>> {
    for (const row of this.#rows()) yield this.#requestOf(row);
  }

  #requestOf(row: Row): BatchRequest<Endpoint> {
    if (!this.#maker) return row.record as BatchRequest<Endpoint>;
    const made = this.#maker.make(row, true);
    if (made.problem === undefined) return made.request;
    throw new UsageError(this.#placeOf(row, made.problem));
  }

  /** Why a row can't be sent. */
  #problemOf(row: Row): string | undefined {
    const made: Made = this.#maker?.make(row, false) ??
      { request: row.record as BatchRequest<Endpoint>, bytes: 0 };
    if (made.problem !== undefined) return made.problem;
    const { maxBytes } = readPartOptions({
      batchSize: undefined,
      maxBytes: this.#flags.maxBytes,
    });
    const shaped = this.#shape(made.request, row);
    if (typeof shaped === "string") return shaped;
    const { id, text } = shaped;
    const bytes = made.bytes + Buffer.byteLength(text);
    if (this.#maker && bytes > maxBytes) {
      return `makes a request of ${bytes} bytes: a file of requests takes ${maxBytes} (--max-bytes)`;
    }
    const other = this.#ids?.add(id, row.index);
    if (other === undefined) return undefined;
    return `has the id ${JSON.stringify(id)}, the same as row ${other + 1}`;
  }

  /** A rule that one request breaks is a problem of its row; one that all of them break is thrown. */
  #shape(request: unknown, { index }: Row): ShapedRequest | string {
    try {
      return this.#shaper.shape(request, index);
    } catch (error) {
      if (this.#maker || !(error instanceof TypeError)) throw error;
      return error.message;
    }
  }

  #idOf(row: Row): string {
    if (this.#maker) return this.#maker.idOf(row);
    return this.#shaper.shape(row.record, row.index).id;
  }

  #placeOf({ index, line }: Row, problem: string): string {
    const id = this.#ids ? "" : ` (id ${index})`;
    return `${this.table.name}, line ${line}${id}: ${problem}`;
  }

  #isEmpty(): UsageError {
    const { name, size, format } = this.table;
    const things = format === "requests" ? "requests" : "rows";
    return new UsageError(
      size === 0
        ? `${name} has no ${things}: there is nothing to send`
        : `None of the ${size} ${things} in ${name} can be sent`,
    );
  }

  async #tellOfBad(problems: string[], reporter: Reporter): Promise<void> {
    const rows = this.#bad.size;
    if (!this.#flags.skipBad) {
      const more = rows > 1 ? `, and ${rows - 1} more rows can't be sent` : "";
      throw new UsageError(
        `${problems[0]}${more}. ${hintFor(this.table, problems[0]!)}`,
      );
    }
    const more = rows - problems.length;
    const text = [
      `Left out ${rows} of ${this.table.size} rows:`,
      ...problems.map((problem) => `  ${printableLine(problem)}`),
      ...(more > 0 ? [`  … and ${more} more`] : []),
    ].join("\n");
    await reporter.tell(text, { type: "skipped", rows, problems });
  }
}
