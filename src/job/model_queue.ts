/**
 * The queue of one model, as far as the batches of a job tell: whose turn it
 * is after a refusal, and what is too large to ever fit.
 *
 * @module
 */

import type { Batch } from "../types/batch.ts";
import {
  endOf,
  hasEnded,
  millisecondsOf,
  statusOf,
  voidReason,
} from "./_batch_state.ts";
import type { PartState } from "./part_state.ts";
import { refusedAt, tokensOf } from "./queue.ts";
import type { RoundState } from "./round_state.ts";

/** A part is halved after so many refusals … */
const HALVING_REFUSALS = 5;

/** … over so long a time, ms. */
const HALVING_TIME = 3_600_000;

/** A batch that is validated for longer than this tells nothing of the queue, ms. */
const VALIDATION = 600_000;

/** The parts of a job that are asked of one model. */
export class ModelQueue {
  readonly #parts: readonly PartState[];

  /**
   * @param model Which model; undefined for parts that don't say.
   * @param all All parts of the job, in their order.
   */
  constructor(model: string | undefined, all: readonly PartState[]) {
    this.#parts = all.filter((part) => part.model === model);
  }

  /**
   * Whose turn it is. Without turns, each part of a large job would be refused
   * again and again: thousands of failed batches, and OpenAI has a limit for
   * creating them too. So after a refusal a batch follows each one that ended.
   * Whether there is more room tries only the first of those that were refused,
   * after its pause; once it got in, others follow, twice as many each time.
   *
   * @param round A round without a batch.
   * @param now Milliseconds since the epoch, by the server's clock.
   * @returns "pause" if it may be tried after its pause, "wait" if others go first.
   */
  turnOf(round: RoundState, now: number): "go" | "pause" | "wait" {
    const lastVoid = round.voids.at(-1);
    if (lastVoid && voidReason(lastVoid) === "file") return "pause";
    const last = this.#lastRefusal;
    if (!last) return "go";
    const { ended, told, untold } = this.#since(refusedAt(last), now);
    const hasRoom = told + untold < ended || untold < told - ended;
    const [next] = this.#refused;
    if (!lastVoid) return !next && (hasRoom || untold === 0) ? "go" : "wait";
    if (hasRoom) return "go";
    // Whether a single request ever fits is only told by its own refusals.
    const isNext = round === next && untold === 0;
    return isNext || isSingle(round) ? "pause" : "wait";
  }

  /**
   * Whether a round will not fit into the queue however long one waits.
   *
   * @param round The round.
   * @returns True if it is larger than the limit that a refusal named, as large as a part that had to be halved, or was refused again and again while nothing else was queued.
   */
  isTooLarge(round: RoundState): boolean {
    const last = this.#lastRefusal;
    if (!last) return false;
    // An estimate may halve a part; it must not give up its last request.
    if (!isSingle(round)) {
      const tokens = tokensOf(round);
      if (tokens > (limitIn(last) ?? Infinity)) return true;
      if (tokens >= this.#halved) return true;
    }
    return this.#neverFits(round);
  }

  /** Whether it was refused at all: then it matters how large a part is. */
  get wasFull(): boolean {
    return this.#lastRefusal !== undefined;
  }

  get #rounds(): RoundState[] {
    return this.#parts.flatMap(({ rounds }) => rounds);
  }

  get #lastRefusal(): Batch | undefined {
    return this.#rounds.flatMap(({ refusals }) => refusals)
      .sort((a, b) => refusedAt(a) - refusedAt(b)).at(-1);
  }

  /** Whether it was refused again and again while nothing else was queued. */
  #neverFits({ refusals }: RoundState): boolean {
    if (refusals.length < HALVING_REFUSALS) return false;
    const alone = refusals.map(refusedAt)
      .filter((time) => this.#wasEmptyAt(time));
    const lasted = (alone.at(-1) ?? 0) - (alone[0] ?? 0);
    return alone.length >= HALVING_REFUSALS && lasted >= HALVING_TIME;
  }

  /** Rounds that were refused and are to be tried again. */
  get #refused(): RoundState[] {
    return this.#parts.filter((part) => part.isOpen)
      .flatMap(({ rounds }) => rounds)
      .filter((round) =>
        round.batches.length === 0 && round.refusals.length > 0 &&
        !this.#neverFits(round)
      );
  }

  /** Tokens of the smallest part that had to be halved. */
  get #halved(): number {
    const rounds = this.#parts.filter(({ isSplit }) => isSplit)
      .flatMap(({ rounds }) => rounds);
    return Math.min(...rounds.map(({ tokens }) => tokens ?? Infinity));
  }

  /** How many batches ended since a refusal, and how many were created that got in, or say nothing yet. */
  #since(time: number, now: number) {
    const batches = this.#parts.flatMap(({ batches }) => batches);
    const ended = batches.filter((batch) => (endOf(batch) ?? 0) > time).length;
    const created = batches.filter((batch) => createdAt(batch) > time);
    const untold = created.filter((batch) => isValidating(batch, now)).length;
    return { ended, told: created.length - untold, untold };
  }

  /** Whether no batch of the job was in it at a time. */
  #wasEmptyAt(time: number): boolean {
    const batches = this.#parts.flatMap(({ batches }) => batches);
    return !batches.some((batch) => {
      const start = createdAt(batch);
      const end = hasEnded(batch) ? endOf(batch) ?? start : Infinity;
      return start <= time && time < end;
    });
  }
}

/** "Limit: 2,000,000 enqueued tokens": the only place where OpenAI names it. */
function limitIn(refusal: Batch): number | undefined {
  for (const { message } of refusal.errors?.data ?? []) {
    const limit = /Limit: ([\d,]+)/.exec(message ?? "")?.[1];
    if (limit) return Number(limit.replaceAll(",", ""));
  }
  return undefined;
}

function isSingle({ tags }: RoundState): boolean {
  return tags[0]?.lines === 1;
}

function isValidating(batch: Batch, now: number): boolean {
  return statusOf(batch) === "validating" &&
    now < createdAt(batch) + VALIDATION;
}

function createdAt({ created_at }: Batch): number {
  return millisecondsOf(created_at) ?? 0;
}
