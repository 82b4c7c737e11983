/**
 * Reads what the batches of a part answered, round after round: every file,
 * for every way a batch can end, and one result per request.
 *
 * @module
 */

import type { AnyResult, ResultError } from "../../results/result.ts";
import { toFailure } from "../../results/to_result.ts";
import { judge, worthOf } from "../../results/verdict.ts";
import type { Batch } from "../../types/batch.ts";
import {
  hasEnded,
  mayHaveAnswers,
  neverRan,
  resultFilesOf,
  statusOf,
} from "../state/batch.ts";
import { whyUnanswered, whyUnreadable } from "../state/batch_errors.ts";
import type { Part } from "../state/part.ts";
import type { Held, ReadState, Rest } from "../state/read_state.ts";
import { AskedLines } from "./asked_lines.ts";
import type { ReadContext } from "./context.ts";
import { attemptsOf, Outcomes } from "./outcomes.ts";
import {
  type FileProgress,
  newProgress,
  readResultFile,
} from "./result_file.ts";
import { namedIn, Refusals } from "./refusals.ts";
import type { Round } from "../state/round.ts";
import { includes } from "../state/slice.ts";

/** A line that is in neither file counts as missing only this long after the batch ended, ms: file ids may come late. */
const SETTLE = 600_000;

/** How far the answers of a part were read, and what they leave open. */
export class PartAnswers implements ReadState {
  /** Whether every request has its result. */
  done = false;
  readonly #outcomes = new Outcomes();
  readonly #files = new Map<string, FileProgress>();
  /** Batches that were retrieved because only a list had told of them. */
  readonly #confirmed = new Set<string>();
  readonly #refusals = new Refusals();
  /** Rounds that were read to their end. */
  #rounds = 0;

  /** How many rounds were read to their end. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Requests that were answered, or should have been, without a final result. */
  get held(): ReadonlyMap<string, Held> {
    return this.#outcomes.held;
  }

  /** Results that were handed out, by outcome. */
  get counts(): { succeeded: number; failed: number } {
    return this.#outcomes.counts;
  }

  hasRead(batch: Batch): boolean {
    return resultFilesOf(batch).some((id) => this.#files.has(id));
  }

  /**
   * Reads on. It may be called again: after a lost connection, while files are
   * still to come, and when there is another round.
   *
   * @returns The final results that were not handed out before, block by block.
   * @throws {ConnectionError} If a download broke off; what was yielded counts.
   * @throws {JobExpiredError} If a file is gone.
   */
  async *read(
    part: Part,
    context: ReadContext,
  ): AsyncGenerator<AnyResult[]> {
    if (this.done) return;
    try {
      yield* this.#readRounds(part, context);
    } finally {
      this.#outcomes.requests.close();
    }
  }

  async *#readRounds(
    part: Part,
    context: ReadContext,
  ): AsyncGenerator<AnyResult[]> {
    while (this.#rounds < part.rounds.length) {
      const round = part.rounds[this.#rounds] as Round;
      // A twin of an earlier round may have been found only now.
      for (let past = 0; past <= this.#rounds; past++) {
        yield* this.#readRound(past, part, context);
      }
      if (!round.hasEnded) break;
      if (await this.#doubt(part, round, context)) continue;
      const complete = await this.#nameGaps(part, round, context);
      if (!complete) return;
      yield* this.#closeRound(part, context);
    }
    if (this.#isAnswered(part)) {
      return this.#finishWhenPaid(part, context);
    }
    if (this.#isHopeless(part)) return this.#finish();
    if (context.stopped && part.active.length === 0) {
      yield* this.#stop(part, context);
    }
  }

  async *#readRound(
    number: number,
    part: Part,
    context: ReadContext,
  ): AsyncGenerator<AnyResult[]> {
    for (const batch of part.rounds[number]?.batches ?? []) {
      if (hasEnded(batch)) yield* this.#readBatch(batch, number, part, context);
    }
  }

  /**
   * Ends a part whose batches were all read: asks what they left open in
   * another way. What gets no result so is stopped.
   *
   * @returns The results that were not handed out before.
   */
  async *askRest(
    part: Part,
    context: ReadContext,
    ask: (rest: Rest) => AsyncGenerator<AnyResult>,
  ): AsyncGenerator<AnyResult[]> {
    await this.#open(part, context);
    const { requests, held } = this.#outcomes;
    const open = new Map([...requests.all()].map(([id, index]) => [id, index]));
    for await (const result of ask({ open, held })) {
      yield [this.#outcomes.end(requests.find(result.id), result)];
    }
    const stopped = part.givenUp ?? context.stopped;
    yield* this.#stop(part, { ...context, stopped });
  }

  async *#readBatch(
    batch: Batch,
    number: number,
    part: Part,
    context: ReadContext,
  ): AsyncGenerator<AnyResult[]> {
    const { endedAt } = part.rounds[number] as Round;
    for (const id of resultFilesOf(batch)) {
      const progress = this.#files.get(id) ?? newProgress();
      // Errors cost nothing, and aren't needed once everything is answered.
      const isUnneeded = this.#isAnswered(part);
      const isOutput = id === batch.output_file_id;
      const isNeeded = isOutput || !isUnneeded;
      if (progress.done || !isNeeded) continue;
      this.#files.set(id, progress);
      // Not before there is something to read: hundreds of parts may be waiting.
      await this.#open(part, context);
      const blocks = readResultFile(context.files, id, progress, {
        signal: context.signal,
        // Behind an error in the output file may stand the answer.
        expectsMore: () =>
          isUnneeded ||
          !(isOutput ? this.#isAnswered(part) : this.#isAnsweredOrHeld(part)),
        mayBeLate: context.now < endedAt + SETTLE,
      });
      const endpoint = part.endpoint ?? batch.endpoint;
      const source = { batch, round: number, endpoint, progress };
      for await (const lines of blocks) {
        yield* this.#outcomes.take(lines, source, context);
      }
    }
  }

  /** Some lists leave the files out: of what seems to be missing, the batch itself is asked. */
  async #doubt(
    part: Part,
    round: Round,
    context: ReadContext,
  ): Promise<boolean> {
    const hasGaps = await this.#hasGaps(part, round, context);
    const doubted = round.batches.filter((batch) =>
      !this.#confirmed.has(batch.id) && statusOf(batch) !== "failed" &&
      (hasGaps || mayHaveAnswers(batch)) && !neverRan(batch)
    );
    if (doubted.length === 0 || round.seenAt >= round.endedAt) return false;
    await context.confirm(doubted);
    for (const { id } of doubted) this.#confirmed.add(id);
    return true;
  }

  /** Holds what has no line in this round; false while it may still come. */
  async #nameGaps(
    part: Part,
    round: Round,
    context: ReadContext,
  ): Promise<boolean> {
    if (this.#isAnsweredOrHeld(part)) return true;
    const [batch] = round.batches as [Batch];
    const isFailed = statusOf(batch) === "failed";
    const certainAt = round.endedAt + SETTLE;
    const leavesNothing = isFailed || round.batches.every(neverRan) ||
      !await this.#hasGaps(part, round, context);
    if (!leavesNothing && round.seenAt < certainAt) {
      context.lookAt(certainAt, round.batches);
      return false;
    }
    await this.#open(part, context);
    const { requests, held } = this.#outcomes;
    const lines = new AskedLines(part, this.#rounds, requests);
    const refusals = new Map(
      round.batches.filter((one) => statusOf(one) === "failed")
        .map((one) => [one, this.#refusals.add(one, lines.of(one))]),
    );
    const error = this.#whyUnread(part, batch, round) ?? whyUnanswered(batch);
    const { askers } = lines;
    for (const [id, index, line] of requests.all()) {
      const before = held.get(id);
      if (before?.round === this.#rounds) continue;
      const [by, own] = namedIn(refusals, line);
      const asker = askers.find(({ asks }) => asks(line))?.batch;
      const isOfOthers = asker && refusals.get(asker)?.isOfOthers;
      if (!own && (isOfOthers || asker !== batch)) {
        const other = isOfOthers ? undefined : asker;
        this.#holdOther(id, index, line, other, batch, context);
        continue;
      }
      const source = { batch: by ?? batch, round: this.#rounds };
      const attempts = attemptsOf(before, this.#rounds);
      const asked = { id, index, attempts, batchId: source.batch.id };
      const result = toFailure(asked, own ?? error);
      // A refused file is not a line: an unknown reason won't pass.
      const tries = own || isFailed ? 1 : undefined;
      const verdict = judge(result, context.answers, tries);
      this.#outcomes.hold(line, result, verdict, source, context);
    }
    return true;
  }

  /** Whether a request has no line that was asked in this round. */
  async #hasGaps(
    part: Part,
    round: Round,
    context: ReadContext,
  ): Promise<boolean> {
    if (this.#isAnsweredOrHeld(part)) return false;
    if (!round.batches.every((batch) => round.asksOf(batch))) return true;
    await this.#open(part, context);
    const { requests } = this.#outcomes;
    const { askers } = new AskedLines(part, this.#rounds, requests);
    const asking = askers
      .filter(({ batch }) => statusOf(batch) !== "failed" && !neverRan(batch));
    for (const [id, , line] of requests.all()) {
      const isHeld = this.held.get(id)?.round === this.#rounds;
      if (!isHeld && asking.some(({ asks }) => asks(line))) return true;
    }
    return false;
  }

  /** A batch of another slice, or one refused for other lines, leaves some to others or to the next round: that doesn't count as an attempt. */
  #holdOther(
    id: string,
    index: number | undefined,
    line: number,
    asker: Batch | undefined,
    counting: Batch,
    context: ReadContext,
  ): void {
    const before = this.held.get(id);
    if (before && !asker) {
      const round = this.#rounds;
      this.#outcomes.held.set(id, { ...before, round, isEarlier: true });
      return;
    }
    const attempts = asker ? attemptsOf(before, this.#rounds) : 0;
    const batch = asker ?? counting;
    const error = asker
      ? whyUnanswered(asker)
      : { code: "missing", message: "No batch was asked for it yet" };
    const result = toFailure({ id, index, attempts, batchId: batch.id }, error);
    const tries = asker && statusOf(asker) === "failed" ? 1 : undefined;
    const verdict = asker
      ? judge(result, context.answers, tries)
      : { kind: "again" } as const;
    const source = { batch, round: this.#rounds };
    this.#outcomes.hold(line, result, verdict, source, context);
  }

  /** As many lines as requests, and not one about them: asked again, they would be paid again and lost again. */
  #whyUnread(
    { lines }: Part,
    batch: Batch,
    round: Round,
  ): ResultError | undefined {
    const { isBlind, ended } = this.#outcomes.requests;
    if (statusOf(batch) !== "completed" || isBlind) return undefined;
    if (round.batches.some((one) => round.asksOf(one))) return undefined;
    const read = round.batches.flatMap(resultFilesOf)
      .flatMap((id) => this.#files.get(id) ?? []);
    const known = read.reduce((sum, file) => sum + file.known, 0);
    const strange = read.reduce((sum, file) => sum + file.strange, 0);
    const isLost = known === 0 && strange >= Math.max(1, lines - ended);
    return isLost ? whyUnreadable(strange) : undefined;
  }

  /** Hands out what is not asked again. */
  *#closeRound(
    part: Part,
    { answers }: ReadContext,
  ): Generator<AnyResult[]> {
    const results: AnyResult[] = [];
    const isOver = ({ attempts }: Held) => attempts >= answers.maxAttempts;
    const due = [...this.held.values()]
      .filter((held) => !held.isFinal && !isOver(held));
    const isAskedOn = this.#isAskedOn(part, due);
    for (const held of this.held.values()) {
      if (held.isFinal || isOver(held) && !isAskedOn) {
        results.push(this.#outcomes.end(held.line, held.result));
      }
    }
    if (results.length > 0) yield results;
    this.#rounds++;
  }

  /**
   * Where slices of two processes overlap, one may have asked on what the other
   * one counts as asked often enough: then a later file has more lines than are due.
   */
  #isAskedOn({ rounds, range }: Part, due: readonly Held[]): boolean {
    if (
      !rounds.some((round) => round.batches.some((one) => round.asksOf(one)))
    ) {
      return false;
    }
    return rounds.slice(this.#rounds + 1).some((round) =>
      round.batches.some((batch) => {
        const asked = round.asksOf(batch) ?? range;
        const lines = due.filter(({ line }) =>
          includes(asked, range.first + line)
        );
        return (round.tagOf(batch)?.lines ?? Infinity) > lines.length;
      })
    );
  }

  /** The job is over: what is open has no answer, and will have none. */
  async *#stop(
    part: Part,
    context: ReadContext,
  ): AsyncGenerator<AnyResult[]> {
    await this.#open(part, context);
    const error = context.stopped as ResultError;
    const results: AnyResult[] = [];
    for (const [id, index, line] of this.#outcomes.requests.all()) {
      const held = this.held.get(id);
      const batchId = held?.result.batchId;
      const asked = { id, index, attempts: held?.attempts ?? 0, batchId };
      const isSaid = held && (held.isFinal || worthOf(held.result) > 0);
      const result = isSaid ? held.result : toFailure(asked, error);
      results.push(this.#outcomes.end(line, result));
    }
    if (results.length > 0) yield results;
    this.#finish();
  }

  #open(part: Part, { loadIds }: ReadContext): Promise<void> {
    return this.#outcomes.requests.open(() => part.ids ?? loadIds());
  }

  /** What runs still, though all is answered, is paid too: it is cancelled, and read to its end. */
  #finishWhenPaid(part: Part, context: ReadContext): void {
    if (part.active.length > 0) return;
    const now = context.now;
    const settledAt = part.rounds.filter(({ batches }) =>
      batches.some(mayHaveAnswers)
    ).map(({ endedAt }) => endedAt + SETTLE);
    const isSettled = settledAt.every((time) => time <= now);
    if (isSettled) return this.#finish();
    context.lookAt(Math.max(...settledAt), part.batches);
  }

  /** @returns How many of them are open, though nobody can tell which; undefined if the ids can be had, or were not asked for yet. */
  openUnnamed(lines: number): number | undefined {
    const { isBlind, ended } = this.#outcomes.requests;
    return this.done || !isBlind ? undefined : lines - ended;
  }

  /** @returns Whether every one of them has its result. */
  hasAll(lines: number): boolean {
    return this.done || this.#outcomes.requests.ended >= lines;
  }

  /** All rounds are read, what is still missing can't be named, and no file of it is there to be run. */
  #isHopeless(part: Part): boolean {
    return this.#outcomes.requests.isBlind && this.held.size === 0 &&
      this.#rounds > 0 && !part.rounds[this.#rounds]?.batches.length &&
      !part.wantedTag;
  }

  #isAnswered({ lines }: Part): boolean {
    return this.#outcomes.requests.ended >= lines;
  }

  #isAnsweredOrHeld({ lines }: Part): boolean {
    let held = 0;
    for (const { round } of this.held.values()) {
      if (round === this.#rounds) held++;
    }
    return this.#outcomes.requests.ended + held >= lines;
  }

  #finish(): void {
    this.done = true;
    this.#outcomes.clear();
  }
}
