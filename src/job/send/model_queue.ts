/**
 * The queues of a job's models, as far as its batches tell: how much is in
 * them, how much fits, and whether others use them too.
 *
 * @module
 */

import type { Batch } from "../../types/batch.ts";
import type { QueueOptions } from "../options.ts";
import {
  endOf,
  errorsOf,
  hasEnded,
  millisecondsOf,
  statusOf,
  voidReason,
} from "../state/batch.ts";
import { whyUnanswered } from "../state/batch_errors.ts";
import type { JobClock } from "../state/job_clock.ts";
import type { Part } from "../state/part.ts";
import type { Known, Parts } from "../state/parts.ts";
import type { Round } from "../state/round.ts";
import type { Tag } from "../state/tag.ts";
import type { Crowd, QueueFacts } from "./facts.ts";
import { neverFits, type Refusal } from "./queue.ts";

/** A batch that is validated for longer than this tells nothing of the queue, ms. */
const VALIDATION = 600_000;

/** Tokens per byte, without a better count. */
const TOKENS_PER_BYTE = 1 / 4;

/** What is known of one queue until something changes. */
interface Model extends Omit<QueueFacts, "named" | "crowd"> {
  /** The limit that the last refusal of this very model named. */
  named: number | undefined;
  crowd: Omit<Crowd, "next"> | undefined;
  /** The first round that was refused and is to be tried again. */
  next: Round | undefined;
}

/** The queues of one job. */
export class ModelQueues {
  readonly #parts: Parts;
  readonly #limits: QueueOptions;
  readonly #clock: JobClock;
  readonly #models = new Map<string | undefined, Model>();
  /** At what change of the job that was. */
  #version = -1;
  /** Tokens per byte, as they were counted. */
  readonly #measured = new Map<string | undefined, number>();
  /** All refusals, the oldest first. */
  #refusals: Known[] = [];
  /** Whether a refusal is due to other programs, by its batch's id. */
  readonly #telling = new Map<string, boolean>();
  /** What was queued when a batch was refused, by its id. */
  readonly #beside = new Map<string, { batches: number; tokens: number }>();

  constructor(parts: Parts, limits: QueueOptions, clock: JobClock) {
    this.#parts = parts;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** What was read of the parts may have changed. */
  clear(): void {
    this.#models.clear();
  }

  /**
   * Takes note of the tokens of a round.
   *
   * @param tokens As counted; undefined if its lines can't be had: an estimate is better than none.
   */
  note(part: Part, round: Round, tokens: number | undefined): void {
    round.tokens = tokens ?? this.tokensOf(part, round);
    if (round.bytes > 0) {
      this.#measured.set(part.model, round.tokens / round.bytes);
    }
    this.#beside.clear();
    this.#telling.clear();
    this.clear();
  }

  /** @returns How many input tokens it puts into the queue: as counted, else estimated from its size. */
  tokensOf({ model }: Part, round: Round): number {
    const ratio = this.#measured.get(model) ?? TOKENS_PER_BYTE;
    return round.tokens ?? Math.ceil(round.bytes * ratio);
  }

  factsOf(part: Part, round: Round): QueueFacts {
    const { next, crowd, named, ...facts } = this.#modelOf(part.model);
    const own = round.refusals.at(-1);
    const turn = !next ? undefined : next === round ? "this" : "other";
    return {
      ...facts,
      named: (own && limitIn(own)) ?? named ?? this.#limitOf(part),
      crowd: crowd && { ...crowd, next: turn },
    };
  }

  /** @returns The batches of it that never got into the queue, the oldest first. */
  refusalsOf(part: Part, round: Round, tag: Tag | undefined): Refusal[] {
    return round.voidsOf(tag)
      .map((batch) => this.#refusalOf(part, round, batch));
  }

  #refusalOf(part: Part, round: Round, batch: Batch): Refusal {
    const reason = voidReason(batch)!;
    const isQueue = reason === "queue";
    const { batches, tokens } = isQueue
      ? this.#besideOf(part, batch)
      : { batches: 0, tokens: 0 };
    const limit = limitIn(batch) ?? Infinity;
    const sum = tokens + this.tokensOf(part, round);
    return {
      reason,
      at: this.#clock.timeOf(dateOfRefusal(batch)),
      message: errorsOf(batch)[0]?.message,
      error: whyUnanswered(batch),
      isAlone: isQueue && batches === 0,
      isExplained: batches > 0 && sum > limit,
    };
  }

  /** What of the job was in the queue when a batch was refused. */
  #besideOf(part: Part, refusal: Batch): { batches: number; tokens: number } {
    const known = this.#beside.get(refusal.id);
    if (known) return known;
    const date = dateOfRefusal(refusal);
    const beside = { batches: 0, tokens: 0 };
    for (const { batch, ...one } of this.#knownOf(part.model)) {
      if (voidReason(batch) || !wasQueuedAt(batch, date)) continue;
      beside.batches++;
      beside.tokens += this.tokensOf(one.part, one.round);
    }
    this.#beside.set(refusal.id, beside);
    return beside;
  }

  /** All slices of a part have one model, though it may be unknown yet. */
  #limitOf({ part: number }: Part): number | undefined {
    return [...this.#parts.refused.values()]
      .filter(({ part }) => part.part === number)
      .map(({ batch }) => limitIn(batch))
      .findLast((limit) => limit !== undefined);
  }

  /** A part of unknown model may be of any model. */
  *#knownOf(model: string | undefined): Generator<Known> {
    for (const known of this.#parts.batches.values()) {
      if (isSame(known.part.model, model)) yield known;
    }
  }

  #modelOf(model: string | undefined): Model {
    const { version } = this.#parts;
    if (version !== this.#version) this.clear();
    this.#version = version;
    const known = this.#models.get(model);
    if (known) return known;
    const facts = this.#build(model);
    this.#models.set(model, facts);
    return facts;
  }

  #build(model: string | undefined): Model {
    const { active, refused } = this.#parts;
    const { maxActiveBatches: maxActive, maxEnqueuedTokens } = this.#limits;
    const queue = [...active.values()]
      .filter(({ part }) => isSame(part.model, model));
    if (this.#refusals.length !== refused.size) {
      this.#refusals = [...refused.values()]
        .sort((a, b) => dateOfRefusal(a.batch) - dateOfRefusal(b.batch));
    }
    const refusals = this.#refusals
      .filter(({ part }) => isSame(part.model, model));
    const last = refusals.at(-1)?.batch;
    const naming = refusals.findLast(({ part, batch }) =>
      model !== undefined && part.model === model && limitIn(batch)
    );
    const others = refusals.findLast((known) => this.#tellsOfOthers(known));
    return {
      active: active.size,
      maxActive,
      isEmpty: queue.length === 0,
      queued: queue.reduce(
        (sum, { part, round }) => sum + this.tokensOf(part, round),
        0,
      ),
      given: limitFor(model, maxEnqueuedTokens),
      named: naming && limitIn(naming.batch),
      isMeasured: this.#measured.has(model),
      smallestCut: model && last ? smallestCut(this.#parts, model) : Infinity,
      message: last && errorsOf(last)[0]?.message,
      crowd: others &&
        this.#roomSince(dateOfRefusal(others.batch), this.#knownOf(model)),
      next: others && this.#nextOf(model),
    };
  }

  /** If something fits beside the job's own batches and is refused, it is because of other programs, or for an unknown reason. */
  #tellsOfOthers({ part, round, batch }: Known): boolean {
    const known = this.#telling.get(batch.id);
    if (known !== undefined) return known;
    const limit = limitIn(batch) ?? Infinity;
    const { isExplained } = this.#refusalOf(part, round, batch);
    const tells = !isExplained && this.tokensOf(part, round) <= limit;
    this.#telling.set(batch.id, tells);
    return tells;
  }

  /** A batch that ended makes room for one, and one that got in besides for as many again. */
  #roomSince(date: number, known: Iterable<Known>): Omit<Crowd, "next"> {
    const batches = [...known].map(({ batch }) => batch)
      .filter((batch) => !voidReason(batch));
    const ended = batches.filter((batch) => (endOf(batch) ?? -Infinity) > date)
      .length;
    const created = batches.filter((batch) => dateOfCreation(batch) > date);
    const untold = created.filter((batch) => this.#isValidating(batch)).length;
    const gotInBesides = created.length - untold - ended;
    const hasSign = created.length < ended || untold < gotInBesides;
    return { hasSign, isUntold: untold > 0 };
  }

  #isValidating(batch: Batch): boolean {
    return statusOf(batch) === "validating" &&
      (this.#clock.ageOf(batch) ?? Infinity) < VALIDATION;
  }

  #nextOf(model: string | undefined): Round | undefined {
    for (const part of this.#parts.leaves) {
      const { wantedTag: tag } = part;
      const round = part.rounds[part.nextRound];
      if (!round || !tag || !part.isOpen) continue;
      if (round.batches.length > 0 || !isSame(part.model, model)) continue;
      const refusals = this.refusalsOf(part, round, tag);
      const isRefused = refusals.at(-1)?.reason === "queue";
      if (isRefused && !neverFits(refusals)) return round;
    }
    return undefined;
  }
}

/** The size of a file that is gone is 0: that tells nothing. */
function smallestCut(parts: Parts, model: string): number {
  const sizes = parts.all.filter((part) => part.isCut && part.model === model)
    .flatMap(({ rounds }) => rounds.map(({ bytes }) => bytes));
  return Math.min(...sizes.filter((bytes) => bytes > 0));
}

function wasQueuedAt(batch: Batch, date: number): boolean {
  const start = dateOfCreation(batch);
  const end = hasEnded(batch) ? endOf(batch) ?? start : Infinity;
  return start <= date && date < end;
}

function isSame(a: string | undefined, b: string | undefined): boolean {
  return !a || !b || a === b;
}

function limitFor(
  model: string | undefined,
  limits: QueueOptions["maxEnqueuedTokens"],
): number | undefined {
  if (typeof limits !== "object") return limits;
  return model !== undefined && Object.hasOwn(limits, model)
    ? limits[model]
    : undefined;
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

function dateOfCreation({ created_at }: Batch): number {
  return millisecondsOf(created_at) ?? 0;
}

/** When a batch that never got into the queue was told so. */
function dateOfRefusal(batch: Batch): number {
  return millisecondsOf(batch.failed_at ?? batch.created_at) ?? 0;
}
