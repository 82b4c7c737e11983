/**
 * The simulator as servers really are: lists that lag behind, odd fields,
 * files that are not found yet, a queue that others fill.
 *
 * @module
 */

import type { Batch, Fetch, FileObject } from "../../mod.ts";
import type { Simulator, VirtualClock } from "../../src/testing/mod.ts";
import type { Coverage } from "./coverage.ts";
import type { Random } from "./random.ts";
import { reply } from "./reply.ts";
import { callOf } from "./route.ts";
import type { Scenario } from "./scenario.ts";
import { Contents } from "./server_contents.ts";
import { Lists } from "./server_lists.ts";
import type { ServerState } from "./server_state.ts";
import { Words } from "./server_words.ts";

/** One server. */
export class Server {
  readonly #state: ServerState;
  readonly #words: Words;
  readonly #lists: Lists;
  readonly #contents: Contents;
  readonly #noCredit: Scenario["noCredit"];
  readonly #enqueuedTokens: number | undefined;
  readonly #start: number;
  #answers = 0;

  constructor(
    sim: Simulator,
    clock: VirtualClock,
    { oddities, noCredit, enqueuedTokens }: Scenario,
    random: Random,
    coverage: Coverage,
  ) {
    const state = { sim, clock, oddities, random, coverage };
    this.#state = { ...state, created: new Map(), refused: new Map() };
    this.#words = new Words(this.#state);
    this.#lists = new Lists(this.#state, this.#words);
    this.#contents = new Contents(this.#state);
    this.#noCredit = noCredit;
    this.#enqueuedTokens = enqueuedTokens;
    this.#start = clock.now();
  }

  /** Answers a call. */
  readonly fetch: Fetch = async (input, init) =>
    this.#dateWrongly(await this.#handle(input, init));

  async #handle(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    const { clock, coverage, sim } = this.#state;
    const { call, id } = callOf(input, init);
    const isById = call === "batches.retrieve" || call === "batches.cancel";
    if (isById && this.#isUnknown(id)) {
      coverage.count("batch not known yet");
      await clock.sleep(50, init?.signal ?? undefined);
      return this.#words.refusal(this.#words.gone, "No batch found");
    }
    switch (call) {
      case "files.create":
        return await this.#createFile(await sim.fetch(input, init));
      case "batches.create":
        return await this.#createBatch(input, init);
      case "files.list":
      case "batches.list":
        return await this.#lists.page(call, input, init);
      case "files.content":
        return await this.#contents.download(id, input, init);
      case "files.delete": {
        const response = await sim.fetch(input, init);
        return this.#words.answer(response, await this.#words.read(response));
      }
      default:
        return await this.#single(await sim.fetch(input, init), init);
    }
  }

  #isUnknown(id: string): boolean {
    const { clock, created, oddities } = this.#state;
    const createdAt = created.get(id) ?? -Infinity;
    return clock.now() < createdAt + oddities.unknownFor;
  }

  /** One answer of several has a date that is far ahead. */
  #dateWrongly(response: Response): Response {
    const { clock, coverage, oddities: { wrongDateEvery } } = this.#state;
    if (!wrongDateEvery || ++this.#answers % wrongDateEvery) return response;
    coverage.count("wrong date");
    const headers = new Headers(response.headers);
    const date = new Date(clock.now() + 11 * 60_000).toUTCString();
    headers.set("date", date);
    const { status, body } = response;
    return new Response(body, { status, headers });
  }

  /** Whether there is credit now. */
  get hasCredit(): boolean {
    const now = this.#state.clock.now() - this.#start;
    const { from, to } = this.#noCredit ?? { from: 0, to: 0 };
    return now < from || now >= to;
  }

  /** The input file that a batch was asked to run. */
  inputOf({ id, input_file_id }: Batch): string {
    return this.#state.refused.get(id)?.fileId ?? input_file_id;
  }

  async #createFile(response: Response): Promise<Response> {
    const { clock, created } = this.#state;
    const body = await this.#words.read(response);
    if (response.ok) created.set(String(body.id), clock.now());
    return this.#words.answer(response, this.#words.file(body));
  }

  async #createBatch(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    const { clock, created, random, refused, sim } = this.#state;
    if (!this.hasCredit && random.chance(0.5)) return await this.#broke();
    const params = await new Response(init?.body ?? null).json();
    const fileId: string = params.input_file_id;
    const errors = this.#whyRefused(fileId);
    const body = errors ? { ...params, input_file_id: "file-none" } : params;
    const response = await sim.fetch(input, {
      ...init,
      body: JSON.stringify(body),
    });
    const batch = await this.#words.read(response);
    if (response.ok) {
      created.set(String(batch.id), clock.now());
      if (errors) refused.set(String(batch.id), { fileId, errors });
    }
    return this.#words.answer(response, this.#words.batch(batch));
  }

  async #broke(): Promise<Response> {
    const { clock } = this.#state;
    await clock.sleep(50);
    const error = {
      message: "You exceeded your current quota",
      type: "insufficient_quota",
      code: "insufficient_quota",
    };
    return reply(clock, 429, { error });
  }

  #whyRefused(fileId: string): Batch["errors"] | undefined {
    const { clock, coverage, created, oddities, random } = this.#state;
    const now = clock.now();
    const uploaded = created.get(fileId) ?? 0;
    if (now < uploaded + oddities.uploadRace) {
      const message =
        `Cannot find file ${fileId}, or organization org-simulator does not have access to it.`;
      return { data: [{ code: "invalid_request", message, param: "file_id" }] };
    }
    const { queueFullUntil, queueShared } = oddities;
    const time = now - this.#start;
    const isShared = time < queueShared.until &&
      random.chance(queueShared.share);
    if (isShared) coverage.count("queue shared with others");
    if (!isShared && time >= queueFullUntil) return undefined;
    const limit = (this.#enqueuedTokens ?? 2_000_000).toLocaleString("en-US");
    const message =
      `Enqueued token limit reached for gpt-4o-mini in organization org-simulator. Limit: ${limit} enqueued tokens. Please try again once some in_progress batches have been completed.`;
    return { data: [{ code: "token_limit_exceeded", message }] };
  }

  async #single(response: Response, init?: RequestInit): Promise<Response> {
    const body = await this.#words.read(response);
    if (body.object !== "file") {
      return this.#words.answer(response, this.#words.batch(body));
    }
    const { coverage, oddities } = this.#state;
    const { id, purpose } = body as unknown as FileObject;
    const isMessy = oddities.messyLines && purpose === "batch_output";
    const bytes = isMessy ? await this.#contents.messy(id, init) : undefined;
    const file = bytes ? { ...body, bytes: bytes.length } : body;
    if (oddities.wrongBytes && purpose === "batch_output" && file.bytes) {
      coverage.count("bytes of a result file wrong");
      file.bytes = Number(file.bytes) + 17;
    }
    return this.#words.answer(response, this.#words.file(file));
  }
}
