/**
 * The calls of the API and what they do.
 *
 * @module
 */

import { BATCH_LIMITS } from "../limits.ts";
import type { Batch } from "../types/batch.ts";
import { recordOf } from "./_json.ts";
import { BatchStore } from "./_batches.ts";
import type { SimulatedBatch } from "./_batch.ts";
import { defaultAnswer } from "./default_answer.ts";
import { answerDirectly } from "./_direct.ts";
import type { FaultPlan } from "./_faults.ts";
import { FileStore } from "./_files.ts";
import { HttpError } from "./_http_error.ts";
import { Books } from "./_ledger.ts";
import { tokensOf } from "./_request_text.ts";
import type { Random } from "./_random.ts";
import { RateLimits } from "./_rate_limits.ts";
import type { BackgroundResponse } from "./_response.ts";
import { ResponseStore } from "./_responses.ts";
import { content, json, type Reply } from "./_reply.ts";
import type { Route } from "./_routes.ts";
import type { Limits, Respond, SimulatedResponse } from "./types.ts";
import { checkUpload, readForm, type Upload } from "./_upload.ts";

/** What the API is made of. */
export interface ApiOptions {
  faults: FaultPlan;
  random: Random;
  respond: Respond | undefined;
  limits: Limits;
  /** Called as soon as a batch has ended. */
  ended: (batch: Batch) => void;
  /** Called as soon as a background response has ended. */
  answered: (response: SimulatedResponse) => void;
  /** Called when a batch or a response will change at other times than before. */
  scheduled: (thing: SimulatedBatch | BackgroundResponse) => void;
}

/** A call with its body read. */
export interface Call {
  route: Route;
  query: URLSearchParams;
  body: CallBody;
  now: number;
  random: Random;
}

/** A file, a JSON object, or the reason why the body is neither. */
export type CallBody = Upload | Record<string, unknown> | HttpError;

/** The whole API, its time given by the caller. */
export class Api {
  readonly books: Books = new Books();
  readonly files: FileStore;
  readonly batches: BatchStore;
  readonly responses: ResponseStore;
  readonly #options: ApiOptions;
  readonly #respond: Respond;
  readonly #bytesPerFile: number;
  readonly #rateLimits: RateLimits;
  #advancing: Promise<void> = Promise.resolve();

  constructor(options: ApiOptions) {
    const { limits, random, faults, ended, answered, scheduled } = options;
    this.#options = options;
    this.#respond = options.respond ?? defaultAnswer;
    this.#bytesPerFile = limits.bytesPerFile ?? BATCH_LIMITS.bytesPerFile;
    this.#rateLimits = new RateLimits(limits);
    this.files = new FileStore(random.fork("file"));
    this.batches = new BatchStore({
      files: this.files,
      books: this.books,
      faults,
      respond: this.#respond,
      requestsPerFile: limits.requestsPerFile ??
        BATCH_LIMITS.requestsPerFile,
      enqueuedTokens: limits.enqueuedTokens ?? Infinity,
      countTokens: limits.countTokens ?? tokensOf,
      batchesPerHour: limits.batchesPerHour ?? BATCH_LIMITS.batchesPerHour,
      ended,
    }, random.fork("batch"));
    this.responses = new ResponseStore({
      books: this.books,
      faults,
      respond: this.#respond,
      ended: answered,
      scheduled,
    }, random.fork("response"));
  }

  /** Lets happen everything up to `now`. One at a time: `respond` may take a while. */
  advance(now: number): Promise<void> {
    const turn = this.#advancing.then(async () => {
      await this.batches.advance(now);
      await this.responses.advance(now);
    });
    this.#advancing = turn.catch(() => {});
    return turn;
  }

  /** Reads and checks a body. What is wrong with it is for {@linkcode handle} to say. */
  async read(route: Route, request: Request): Promise<CallBody> {
    try {
      if (route.call === "files.create") {
        return await checkUpload(await readForm(request), this.#bytesPerFile);
      }
      const text = await request.text();
      return text === "" ? {} : recordOf(JSON.parse(text));
    } catch (error) {
      if (error instanceof HttpError) return error;
      if (error instanceof SyntaxError) {
        return new HttpError(
          400,
          "We could not parse the JSON body of your request.",
        );
      }
      throw error;
    }
  }

  /**
   * Does what a call asks for.
   *
   * @throws {HttpError} If the API refuses it.
   */
  async handle(call: Call): Promise<Reply> {
    const { route, body, now, random } = call;
    await this.advance(now);
    this.files.expire(now);
    if (body instanceof HttpError) throw body;
    if (route.endpoint === "") return this.#handleStored(call, body);
    return await answerDirectly(
      route.endpoint,
      body as Record<string, unknown>,
      {
        books: this.books,
        faults: this.#options.faults,
        responses: this.responses,
        limits: this.#rateLimits,
        respond: this.#respond,
        random,
        now,
      },
    );
  }

  #handleStored(
    { route, query, now }: Call,
    body: Upload | Record<string, unknown>,
  ): Reply {
    const { call, id } = route;
    switch (call) {
      case "files.create":
        return json(200, this.files.create(body as Upload, now));
      case "files.list":
        return json(200, this.files.list(query));
      case "files.retrieve":
        return json(200, this.files.get(id, now).wire);
      case "files.delete":
        return json(200, this.files.delete(id, now));
      case "files.content":
        return content(this.files.get(id, now).bytes);
      case "batches.create":
        return this.#changed(
          this.batches.create(body as Record<string, unknown>, now),
        );
      case "batches.list":
        return json(200, this.batches.list(query));
      case "batches.cancel":
        this.batches.get(id).cancel(now);
        return this.#changed(this.batches.get(id));
      case "batches.retrieve":
        return json(200, this.batches.get(id).wire);
      case "responses.retrieve":
        return json(200, this.responses.get(id, now).wire);
      case "responses.cancel":
        this.responses.get(id, now).cancel(now);
        return json(200, this.responses.get(id, now).wire);
      case "responses.delete":
        return json(200, this.responses.delete(id, now));
      default:
        throw new HttpError(404, "Invalid URL.");
    }
  }

  #changed(batch: SimulatedBatch): Reply {
    this.#options.scheduled(batch);
    return json(200, batch.wire);
  }
}
