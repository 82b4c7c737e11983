/**
 * The queue of one model, as far as the batches of a job tell: whose turn it
 * is after a refusal, and what is too large to ever fit.
 *
 * @module
 */

import type { Batch } from "../../types/batch.ts";
import {
  endOf,
  errorsOf,
  hasEnded,
  millisecondsOf,
  statusOf,
  voidReason,
} from "../state/batch.ts";
import type { Part } from "../state/part.ts";
import { reasonOf, refusedAt, tokensOf } from "./queue.ts";
import type { Round } from "../state/round.ts";
import type { Wait } from "../state/waits.ts";

/** A part is halved after so many refusals … */
const HALVING_REFUSALS = 5;

/** … over so long a time, ms. */
const HALVING_TIME = 3_600_000;

/** A batch that is validated for longer than this tells nothing of the queue, ms. */
const VALIDATION = 600_000;

/** What the parts of one model tell of its queue, at one moment. */
export class ModelQueue {
  /** Batches that were not refused. */
  readonly #batches: readonly Batch[];
  readonly #lastRefusal: Batch | undefined;
  /** The first round that was refused and is to be tried again. */
  readonly #next: Round | undefined;
  readonly #room: Room;
  /** The limit that the last refusal of this very model named. */
  readonly #limit: number | undefined;
  /** Bytes of the smallest part that had to be halved. */
  readonly #halved: number;

  /**
   * @param model Which model; undefined while a part does not tell.
   * @param all All parts of the job, in their order. Who does not tell may be of any model.
   * @param now Milliseconds since the epoch, by the server's clock.
   */
  constructor(
    model: string | undefined,
    all: readonly Part[],
    now: number,
  ) {
    const isSame = (part: Part) => part.model === model;
    const parts = all.filter((part) => !part.model || !model || isSame(part));
    this.#batches = parts.flatMap(({ batches }) => batches);
    const last = this.#lastRefusal = lastRefusalOf(parts);
    const since = last ? refusedAt(last) : -Infinity;
    this.#room = roomSince(since, this.#batches, now);
    this.#next = parts.filter(({ isOpen }) => isOpen)
      .flatMap(({ rounds, nextRound }) => rounds[nextRound] ?? [])
      .find((round) => wasRefused(round) && !this.#neverFits(round));
    const own = model ? all.filter(isSame) : [];
    const lastOwn = lastRefusalOf(own);
    this.#limit = lastOwn && limitIn(lastOwn);
    this.#halved = smallestHalved(own);
  }

  /**
   * Whose turn it is. Without turns, each part of a large job would be refused
   * again and again: thousands of failed batches, and OpenAI has a limit for
   * creating them too. So after a refusal a batch follows each one that ended.
   * Whether there is more room tries only the first of those that were refused,
   * after its pause; once it got in, others follow, twice as many each time.
   *
   * @param round A round without a batch.
   * @returns "pause" if it may be tried after its pause, "wait" if others go first.
   */
  turnOf(round: Round): "go" | "pause" | "wait" {
    const lastVoid = round.voids.at(-1);
    if (lastVoid && voidReason(lastVoid) !== "queue") return "pause";
    if (!this.#lastRefusal) return "go";
    const { hasSign, isUntold } = this.#room;
    if (!lastVoid) {
      return !this.#next && (hasSign || !isUntold) ? "go" : "wait";
    }
    if (hasSign) return "go";
    const isNext = round === this.#next && !isUntold;
    // Whether a single request ever fits is only told by its own refusals.
    const isAlone = isSingle(round) || this.#neverFits(round);
    return isNext || isAlone ? "pause" : "wait";
  }

  /**
   * @param until Until when, ms.
   * @returns What whoever goes later waits for, in the words of the last refusal.
   */
  waitFor(until: number): Wait {
    const message = this.#lastRefusal && reasonOf(this.#lastRefusal);
    return { reason: "queue", until, message };
  }

  /**
   * Whether the tokens of a round are to be counted, which takes its file.
   *
   * @param round The round.
   * @returns True if they are unknown and may be more than the limit: a token is a byte at least.
   */
  mustCount(round: Round): boolean {
    const { tokens, bytes } = round;
    return tokens === undefined && bytes > (this.#limitFor(round) ?? Infinity);
  }

  /**
   * Whether a round will not fit into the queue however long one waits.
   *
   * @param round The round.
   * @returns True if it is larger than the limit that a refusal named, or as large as a part that had to be halved where none is named, or was refused again and again while nothing else was queued.
   */
  isTooLarge(round: Round): boolean {
    return this.#exceeds(round) || this.#neverFits(round);
  }

  /** An estimate may halve a part; it must not give up its last request. */
  #exceeds(round: Round): boolean {
    if (isSingle(round)) return false;
    const limit = this.#limitFor(round);
    if (limit !== undefined) return tokensOf(round) > limit;
    return round.bytes >= this.#halved;
  }

  #limitFor({ refusals }: Round): number | undefined {
    const own = refusals.at(-1);
    return (own && limitIn(own)) ?? this.#limit;
  }

  /** Whether it was refused again and again while nothing else was queued. */
  #neverFits({ refusals }: Round): boolean {
    if (refusals.length < HALVING_REFUSALS) return false;
    const alone = refusals.map(refusedAt)
      .filter((time) => this.#wasEmptyAt(time));
    const lasted = (alone.at(-1) ?? 0) - (alone[0] ?? 0);
    return alone.length >= HALVING_REFUSALS && lasted >= HALVING_TIME;
  }

  /** Whether no batch of the job was in it at a time. */
  #wasEmptyAt(time: number): boolean {
    return !this.#batches.some((batch) => {
      const start = createdAt(batch);
      const end = hasEnded(batch) ? endOf(batch) ?? start : Infinity;
      return start <= time && time < end;
    });
  }
}

/** What the batches of a job tell of the room in a queue since it was full. */
interface Room {
  /** Whether there is a sign of it. */
  hasSign: boolean;
  /** Whether a batch that was created since then says nothing yet. */
  isUntold: boolean;
}

/** A batch that ended makes room for one, and one that got in besides for as many again. */
function roomSince(
  time: number,
  batches: readonly Batch[],
  now: number,
): Room {
  const ended = batches.filter((batch) => endedAfter(batch, time)).length;
  const created = batches.filter((batch) => createdAt(batch) > time);
  const untold = created.filter((batch) => isValidating(batch, now)).length;
  const gotInBesides = created.length - untold - ended;
  const hasSign = created.length < ended || untold < gotInBesides;
  return { hasSign, isUntold: untold > 0 };
}

/** The size of a file that is gone is 0: that tells nothing. */
function smallestHalved(parts: readonly Part[]): number {
  const sizes = parts.filter(({ isSplit }) => isSplit)
    .flatMap(({ rounds }) => rounds.map(({ bytes }) => bytes));
  return Math.min(...sizes.filter((bytes) => bytes > 0));
}

function lastRefusalOf(parts: readonly Part[]): Batch | undefined {
  let last: Batch | undefined;
  for (const { refusals } of parts.flatMap(({ rounds }) => rounds)) {
    for (const batch of refusals) {
      if (!last || refusedAt(batch) > refusedAt(last)) last = batch;
    }
  }
  return last;
}

function wasRefused({ batches, refusals }: Round): boolean {
  return batches.length === 0 && refusals.length > 0;
}

function endedAfter(batch: Batch, time: number): boolean {
  return (endOf(batch) ?? -Infinity) > time;
}

const UNITS: Record<string, number> = { K: 1e3, M: 1e6, B: 1e9 };

/** "Limit: 2,000,000 enqueued tokens", at Azure "limit of 30K": the only place where it is named. */
function limitIn(refusal: Batch): number | undefined {
  for (const { message } of errorsOf(refusal)) {
    const found = /limit(?::| of) ([\d,.]*\d)([KMB])?\b/i.exec(message ?? "");
    const [, digits, unit = ""] = found ?? [];
    if (!digits) continue;
    return Number(digits.replaceAll(",", "")) *
      (UNITS[unit.toUpperCase()] ?? 1);
  }
  return undefined;
}

function isSingle({ tags }: Round): boolean {
  return tags[0]?.lines === 1;
}

function isValidating(batch: Batch, now: number): boolean {
  return statusOf(batch) === "validating" &&
    now < createdAt(batch) + VALIDATION;
}

function createdAt({ created_at }: Batch): number {
  return millisecondsOf(created_at) ?? 0;
}
