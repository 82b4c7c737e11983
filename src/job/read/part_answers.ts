/**
 * Reads what the batches of a part answered, round after round: every file,
 * for every way a batch can end, and one result per request.
 *
 * @module
 */

import { checkOutput } from "../../results/check_output.ts";
import type { AnyResult, ResultError } from "../../results/result.ts";
import { idOf, toFailure, toResult } from "../../results/to_result.ts";
import { judge, type Verdict, worthOf } from "../../results/verdict.ts";
import type { Batch } from "../../types/batch.ts";
import {
  hasEnded,
  mayHaveAnswers,
  neverRan,
  resultFilesOf,
  statusOf,
} from "../state/batch.ts";
import {
  lineErrors,
  whyUnanswered,
  whyUnreadable,
} from "../state/batch_errors.ts";
import type { Part } from "../state/part.ts";
import type { Held, ReadState, Rest } from "../state/read_state.ts";
import type { ReadContext } from "./context.ts";
import {
  type FileProgress,
  newProgress,
  readResultFile,
} from "./result_file.ts";
import type { Round } from "../state/round.ts";

/** A line that is in neither file counts as missing only this long after the batch ended, ms: file ids may come late. */
const SETTLE = 600_000;

/** How far the answers of a part were read, and what they leave open. */
export class PartAnswers implements ReadState {
  /** Whether every request has its result. */
  done = false;
  /** Results that were handed out, by outcome. */
  readonly counts: { succeeded: number; failed: number } = {
    succeeded: 0,
    failed: 0,
  };
  /** Requests without a final result that were answered, or should have been. */
  readonly #held = new Map<string, Held>();
  readonly #files = new Map<string, FileProgress>();
  /** All ids of the part, as they were loaded. */
  #loaded: readonly string[] = [];
  /** The same as a set, as soon as there are lines that may be of strangers. */
  #own: ReadonlySet<string> | undefined;
  /** Ids without a final result and their positions, where the ids are known. */
  #open: Map<string, number | undefined> | undefined;
  /** Whether the ids can't be had. */
  #isBlind = false;
  /** Ids with a final result, where they are not. */
  #seen = new Set<string>();
  /** Batches that were retrieved because only a list had told of them. */
  readonly #confirmed = new Set<string>();
  /** Rounds that were read to their end. */
  #rounds = 0;

  /** How many rounds were read to their end. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Requests that were answered, or should have been, without a final result. */
  get held(): ReadonlyMap<string, Held> {
    return this.#held;
  }

  /**
   * @param batch A batch.
   * @returns Whether its answers count in `counts`.
   */
  hasRead(batch: Batch): boolean {
    return resultFilesOf(batch).some((id) => this.#files.has(id));
  }

  /**
   * Reads on. It may be called again: after a lost connection, while files are
   * still to come, and when there is another round.
   *
   * @param part The part.
   * @param context What reading needs to know.
   * @returns The final results that were not handed out before, block by block.
   * @throws {ConnectionError} If a download broke off; what was yielded counts.
   * @throws {JobExpiredError} If a file is gone.
   */
  async *read(
    part: Part,
    context: ReadContext,
  ): AsyncGenerator<AnyResult[]> {
    if (this.done || part.isSplit) return;
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
      yield* this.#closeRound(context);
    }
    if (this.#isAnswered(part.lines)) {
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
   * @param part The part.
   * @param context What reading needs to know.
   * @param ask Asks requests.
   * @returns The results that were not handed out before.
   */
  async *askRest(
    part: Part,
    context: ReadContext,
    ask: (rest: Rest) => AsyncGenerator<AnyResult>,
  ): AsyncGenerator<AnyResult[]> {
    await this.#learnIds(part, context);
    const rest = { open: new Map(this.#open), held: this.#held };
    for await (const result of ask(rest)) yield [this.#end(result.id, result)];
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
    // Not before there is something to read: hundreds of parts may be waiting.
    await this.#learnIds(part, context);
    for (const id of resultFilesOf(batch)) {
      const progress = this.#files.get(id) ?? newProgress();
      // Errors cost nothing: nobody needs them when all is answered.
      const isUnneeded = this.#isAnswered(part.lines);
      const isOutput = id === batch.output_file_id;
      const isNeeded = isOutput || !isUnneeded;
      if (progress.done || !isNeeded) continue;
      this.#files.set(id, progress);
      const blocks = readResultFile(context.files, id, progress, {
        signal: context.signal,
        // Behind an error in the output file may stand the answer.
        expectsMore: () =>
          isUnneeded ||
          !(isOutput
            ? this.#isAnswered(part.lines)
            : this.#isAnsweredOrHeld(part)),
        mayBeLate: context.now < endedAt + SETTLE,
      });
      for await (const lines of blocks) {
        const results: AnyResult[] = [];
        try {
          for (const line of lines) {
            const result = this.#take(
              line,
              batch,
              number,
              part,
              progress,
              context,
            );
            this.#count(line, result, progress);
            if (!result) continue;
            // Not awaited in vain: there are millions of lines.
            const { schema } = context.answers;
            const checked = schema ? await checkOutput(result, schema) : result;
            const verdict = judge(checked, context.answers);
            // A failure waits for the other files, where its answer may stand.
            const isAnswer = checked.ok && verdict.kind === "final";
            if (isAnswer) results.push(this.#end(checked.id, checked));
            else this.#hold(checked, verdict, batch, number, context);
          }
        } finally {
          // Also before an error, such as one of the option retry.
          if (results.length > 0) yield results;
        }
      }
    }
  }

  /** Counts the lines that are about a request, and those that are about none. */
  #count(
    line: unknown,
    result: AnyResult | undefined,
    progress: FileProgress,
  ): void {
    const isAsked = result !== undefined ||
      progress.taken.has(idOf(line) ?? "");
    progress[isAsked ? "known" : "strange"]++;
  }

  /** Takes one line; gives its result if it says more of its request than the lines before. */
  #take(
    line: unknown,
    batch: Batch,
    number: number,
    part: Part,
    { taken, failed }: FileProgress,
    context: ReadContext,
  ): AnyResult | undefined {
    const id = idOf(line);
    if (id === undefined) return undefined;
    const isFinal = this.#open ? !this.#open.has(id) : this.#seen.has(id);
    if (isFinal && !this.#isOurs(id, part)) return undefined;
    const held = this.#held.get(id);
    const isOfRound = held && held.round >= number && !held.isEarlier;
    const said = isOfRound ? held.result : undefined;
    // Repeated, or read before the download broke off.
    const before = taken.size;
    taken.add(id);
    const isRepeated = taken.size === before;
    const wasAnswered = isRepeated && !failed.has(id);
    if (wasAnswered && (isFinal || said?.ok)) return undefined;
    const asked = {
      id,
      index: this.#open?.get(id),
      attempts: this.#attemptsOf(held, number),
      batchId: batch.id,
      endpoint: part.endpoint ?? batch.endpoint,
    };
    const result = toResult(line, asked);
    // Behind an error may stand the answer, also of what another batch has answered.
    const isAnswerAtLast = isRepeated && result.ok && failed.delete(id);
    if (!isRepeated && !result.ok) failed.add(id);
    const isNews = isFinal
      ? !isRepeated
      : !said || worthOf(result) > worthOf(said);
    const isSame = isRepeated || said?.batchId === batch.id;
    if (isSame && !isNews && !isAnswerAtLast) return undefined;
    // What a twin or a later round answers besides is paid all the same.
    context.onAnswer(result);
    return isFinal ? undefined : result;
  }

  /** The second line of one round is of a duplicate batch, or came late, and is no second attempt. */
  #attemptsOf(held: Held | undefined, number: number): number {
    if (!held) return 1;
    if (held.round < number) return held.attempts + 1;
    return Math.max(held.attempts, held.result.attempts);
  }

  /** Holds what may be asked again, and what may still be answered by another file of the round. */
  #hold(
    result: AnyResult,
    { kind, params }: Verdict,
    batch: Batch,
    number: number,
    { onQuota }: ReadContext,
  ): void {
    const isQuota = kind === "quota";
    if (isQuota && !result.ok) onQuota(result.error, batch);
    const before = this.#held.get(result.id);
    const keepsBefore = before && worthOf(result) < worthOf(before.result);
    const isOfRound = before !== undefined && before.round >= number;
    this.#held.set(result.id, {
      result: keepsBefore ? before.result : result,
      attempts: isQuota ? result.attempts - 1 : result.attempts,
      round: Math.max(number, before?.round ?? 0),
      params: keepsBefore ? before.params : params,
      isEarlier: keepsBefore ? !isOfRound || before.isEarlier : false,
      isFinal: keepsBefore && isOfRound ? before.isFinal : kind === "final",
    });
  }

  /** Some lists leave the files out: of what seems to be missing, the batch itself is asked. */
  async #doubt(
    part: Part,
    round: Round,
    context: ReadContext,
  ): Promise<boolean> {
    const hasGaps = !this.#isAnsweredOrHeld(part);
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
    const leavesNothing = isFailed || round.batches.every(neverRan);
    if (!leavesNothing && round.seenAt < certainAt) {
      context.lookAt(certainAt, round.batches);
      return false;
    }
    await this.#learnIds(part, context);
    const ids = round === part.rounds[0] ? part.ids?.ids() : undefined;
    const named = isFailed ? lineErrors(batch, ids ?? []) : undefined;
    const error = this.#whyUnread(batch, round) ?? whyUnanswered(batch);
    for (const [id, index] of this.#open ?? this.#heard()) {
      const held = this.#held.get(id);
      if (held?.round === this.#rounds) continue;
      const attempts = this.#attemptsOf(held, this.#rounds);
      const asked = { id, index, attempts, batchId: batch.id };
      const result = toFailure(asked, named?.get(id) ?? error);
      // A refused file is no line: what nobody knows of it will not pass.
      const verdict = judge(result, context.answers, isFailed ? 1 : undefined);
      this.#hold(result, verdict, batch, this.#rounds, context);
    }
    return true;
  }

  /** As many lines as requests, and not one about them: asked again, they would be paid again and lost again. */
  #whyUnread(batch: Batch, round: Round): ResultError | undefined {
    if (statusOf(batch) !== "completed" || !this.#open) return undefined;
    const read = round.batches.flatMap(resultFilesOf)
      .flatMap((id) => this.#files.get(id) ?? []);
    const known = read.reduce((sum, file) => sum + file.known, 0);
    const strange = read.reduce((sum, file) => sum + file.strange, 0);
    const isLost = known === 0 && strange >= Math.max(1, this.#open.size);
    return isLost ? whyUnreadable(strange) : undefined;
  }

  /** Hands out what is not asked again. */
  *#closeRound({ answers }: ReadContext): Generator<AnyResult[]> {
    const results: AnyResult[] = [];
    for (const [id, { result, attempts, isFinal }] of this.#held) {
      if (isFinal || attempts >= answers.maxAttempts) {
        results.push(this.#end(id, result));
      }
    }
    if (results.length > 0) yield results;
    this.#rounds++;
  }

  /** The job is over: what is open has no answer, and will have none. */
  async *#stop(
    part: Part,
    context: ReadContext,
  ): AsyncGenerator<AnyResult[]> {
    await this.#learnIds(part, context);
    const error = context.stopped as ResultError;
    const results: AnyResult[] = [];
    // Where nobody can tell the ids, those that were heard of are all there are.
    for (const [id, index] of this.#open ?? this.#heard()) {
      const held = this.#held.get(id);
      const batchId = held?.result.batchId;
      const asked = { id, index, attempts: held?.attempts ?? 0, batchId };
      const isSaid = held && (held.isFinal || worthOf(held.result) > 0);
      const result = isSaid ? held.result : toFailure(asked, error);
      results.push(this.#end(id, result));
    }
    if (results.length > 0) yield results;
    this.#finish();
  }

  #heard(): [id: string, index: undefined][] {
    return [...this.#held.keys()].map((id) => [id, undefined]);
  }

  #end(id: string, result: AnyResult): AnyResult {
    this.#held.delete(id);
    this.#open?.delete(id);
    if (!this.#open) this.#seen.add(id);
    this.counts[result.ok ? "succeeded" : "failed"]++;
    return result;
  }

  /** Without them, lines that nobody asked for could not be told from answers. */
  async #learnIds(part: Part, { loadIds }: ReadContext): Promise<void> {
    if (this.#open || this.#isBlind) return;
    this.#open = part.ids?.open();
    if (this.#open) return;
    const ids = await loadIds();
    this.#isBlind = ids === undefined;
    this.#loaded = ids ?? [];
    this.#open = ids && new Map(ids.map((id) => [id, undefined]));
  }

  /** Whether a request of the part has this id, answered or not. */
  #isOurs(id: string, part: Part): boolean {
    if (!this.#open) return true;
    this.#own ??= new Set(part.ids?.ids() ?? this.#loaded);
    return this.#own.has(id);
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

  /**
   * @param lines How many requests the part has.
   * @returns How many of them are open, though nobody can tell which; undefined if the ids can be had, or were not asked for yet.
   */
  openUnnamed(lines: number): number | undefined {
    const isOver = this.done || !this.#isBlind;
    return isOver ? undefined : lines - this.#seen.size;
  }

  /**
   * @param lines How many requests the part has.
   * @returns Whether every one of them has its result.
   */
  hasAll(lines: number): boolean {
    const isBegun = this.#open !== undefined || this.#isBlind;
    return this.done || (isBegun && this.#isAnswered(lines));
  }

  /** All rounds are read, what is still missing can't be named, and no file of it is there to be run. */
  #isHopeless(part: Part): boolean {
    return this.#isBlind && this.#held.size === 0 && this.#rounds > 0 &&
      !part.rounds[this.#rounds]?.batches.length && !part.wantedTag;
  }

  #isAnswered(lines: number): boolean {
    return this.#open ? this.#open.size === 0 : this.#seen.size >= lines;
  }

  #isAnsweredOrHeld(part: Part): boolean {
    const held =
      [...this.#held.values()].filter(({ round }) => round === this.#rounds)
        .length;
    return this.#open
      ? this.#open.size === held
      : this.#seen.size + held >= part.lines;
  }

  #finish(): void {
    this.done = true;
    this.#open = undefined;
    this.#seen = new Set();
    this.#own = undefined;
    this.#loaded = [];
    this.#held.clear();
  }
}
