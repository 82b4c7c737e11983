/**
 * One simulated background response: what it is, and what happens to it next.
 *
 * @module
 */

import { answersIn, type Outcome, outcomeOf } from "./_answers.ts";
import type { FaultPlan } from "./_faults.ts";
import { HttpError, invalidValue } from "./_http_error.ts";
import { recordOf } from "./_json.ts";
import type { Books } from "./_ledger.ts";
import { promptText, tokensOf } from "./_request_text.ts";
import type { Random } from "./_random.ts";
import type { Respond, SimulatedResponse } from "./types.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long an unstored response can be read after it has ended. */
const UNSTORED = 10 * MINUTE;

const WINDOWS: ReadonlyMap<unknown, number> = new Map([
  ["8h", 8 * HOUR],
  ["2h", 2 * HOUR],
]);

/** By when one is answered that has no window. */
const AT_ONCE = 5 * MINUTE;

/** What a response needs of its simulator. */
export interface ResponseContext {
  books: Books;
  faults: FaultPlan;
  respond: Respond;
  /** Called as soon as the response has ended. */
  ended: (response: SimulatedResponse) => void;
}

/**
 * Checks what only background responses may have.
 *
 * @throws {HttpError} 400
 */
export function checkBackground(body: Record<string, unknown>): void {
  const { background, background_options: options, stream } = body;
  const { completion_window: window } = recordOf(options);
  if (options !== undefined && options !== null) {
    if (background !== true) {
      throw refused("'background_options' needs 'background' to be true.");
    }
    if (!WINDOWS.has(window)) {
      const param = "background_options.completion_window";
      throw invalidValue(param, window, ["8h", "2h"]);
    }
    const { service_tier: tier = "auto" } = body;
    if (tier !== "auto" && tier !== "default") {
      throw refused("A completion window needs Standard processing.");
    }
  }
  if (background === true && stream === true && window !== undefined) {
    throw refused("A completion window can't be combined with 'stream'.");
  }
}

function refused(message: string): HttpError {
  return new HttpError(400, message, { param: "background_options" });
}

/** A response that knows when something happens to it next. */
export class BackgroundResponse {
  /** As on the wire. */
  wire: Record<string, unknown>;
  /** When {@linkcode step} is due, milliseconds since the epoch; Infinity once nothing more will happen. */
  due: number;
  /** When it can't be read any more. */
  goneAt: number = Infinity;
  /** In the words of the ledger. */
  readonly entry: SimulatedResponse;
  readonly #body: Record<string, unknown>;
  readonly #context: ResponseContext;
  readonly #random: Random;
  readonly #runTime: number;

  /** @param now When it is created, milliseconds since the epoch. */
  constructor(
    body: Record<string, unknown>,
    now: number,
    random: Random,
    context: ResponseContext,
  ) {
    this.#body = body;
    this.#context = context;
    this.#random = random;
    const { completion_window: window } = recordOf(body.background_options);
    const id = random.id("resp_");
    this.wire = {
      id,
      object: "response",
      created_at: Math.floor(now / 1000),
      status: "queued",
      background: true,
      error: null,
      incomplete_details: null,
      model: body.model,
      output: [],
      store: body.store === true,
      service_tier: "default",
      metadata: body.metadata ?? {},
      usage: null,
      ...(window === undefined
        ? {}
        : { background_options: body.background_options }),
    };
    this.entry = {
      id,
      createdAt: now,
      body,
      status: "queued",
      isBilled: false,
      isDeleted: false,
    };
    const longest = (WINDOWS.get(window) ?? AT_ONCE) * 0.8;
    const shortest = Math.min(30 * SECOND, longest / 10);
    const wait = shortest * (longest / shortest) ** random.next();
    this.#runTime = random.integer(2, 60) * SECOND;
    this.due = this.#strikes("stays_queued") ? Infinity : now + wait;
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    const { status } = this.wire;
    return status !== "queued" && status !== "in_progress";
  }

  /** Lets happen what is due. */
  async step(): Promise<void> {
    if (this.wire.status === "queued") {
      this.#set({ status: "in_progress" });
      const endless = this.#strikes("never_ends");
      this.due = endless ? Infinity : this.due + this.#runTime;
      return;
    }
    const { books, respond } = this.#context;
    const request = books.askDirectly("/v1/responses", this.#body);
    const at = this.due;
    this.due = Infinity;
    const outcome = await outcomeOf(respond, request, at, this.#random);
    // It may have been cancelled meanwhile.
    if (!this.hasEnded) this.#end(this.#endOf(outcome), at);
  }

  /** Ends it, unless it has ended; sent again, it says the same. */
  cancel(now: number): void {
    if (this.hasEnded || this.#strikes("ignores_cancel")) return;
    // A model that was at work is paid for what it did.
    const hasRun = this.wire.status === "in_progress";
    const read = tokensOf(promptText(this.#body));
    const usage = hasRun
      ? {
        input_tokens: read,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 1,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: read + 1,
      }
      : null;
    this.due = Infinity;
    this.#end({ status: "cancelled", usage }, now);
  }

  #endOf(outcome: Outcome): Record<string, unknown> {
    const answer = "lines" in outcome
      ? answersIn(outcome.lines).at(-1)
      : outcome;
    if (!answer || "error" in answer) {
      const message = answer?.error.message ?? "The model gave no answer.";
      return { status: "failed", error: { code: "server_error", message } };
    }
    const body = recordOf(answer.body);
    if (answer.status >= 200 && answer.status < 300) {
      return { status: "completed", ...body };
    }
    const { code, message } = recordOf(body.error);
    const error = {
      code: code ?? "server_error",
      message: message ?? `The model answered with ${answer.status}.`,
    };
    return { status: "failed", error };
  }

  #end(fields: Record<string, unknown>, now: number): void {
    const { id, background, created_at, store, service_tier } = this.wire;
    const own = { id, background, created_at, store, service_tier };
    this.#set({ ...fields, ...own });
    if (store !== true) this.goneAt = now + UNSTORED;
    this.entry.isBilled = recordOf(this.wire.usage).total_tokens !== undefined;
    this.#context.ended(this.entry);
  }

  #set(fields: Record<string, unknown>): void {
    this.wire = { ...this.wire, ...fields };
    this.entry.status = String(this.wire.status);
  }

  #strikes(kind: Parameters<FaultPlan["strikes"]>[0]): boolean {
    return this.#context.faults.strikes(kind, this.#random);
  }
}
