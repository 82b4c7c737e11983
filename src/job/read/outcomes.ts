/**
 * What came of each request of a part so far: a final result, or one that may
 * still be followed by a better one.
 *
 * @module
 */

import { grown } from "../../grown.ts";
import { checkOutput } from "../../results/check_output.ts";
import type { AnyResult } from "../../results/result.ts";
import { idOf, toResult } from "../../results/to_result.ts";
import { judge, type Verdict, worthOf } from "../../results/verdict.ts";
import type { Batch } from "../../types/batch.ts";
import type { Held } from "../state/read_state.ts";
import type { ReadContext } from "./context.ts";
import { OpenRequests } from "./open_requests.ts";
import type { FileProgress } from "./result_file.ts";

/** What a file has of a request, see {@linkcode FileProgress}. */
const ONLY_ERRORS = 1;
const ANSWER = 2;

/** Where a result comes from. */
export interface Source {
  /** The batch that was asked. */
  batch: Batch;
  /** The round that it belongs to. */
  round: number;
}

/** Where lines stand. */
export interface LineSource extends Source {
  /** Where the requests were asked. */
  endpoint: string;
  /** How far the file was read. */
  progress: FileProgress;
}

/** The outcomes of one part. */
export class Outcomes {
  /** Final results, by outcome. */
  readonly counts: { succeeded: number; failed: number } = {
    succeeded: 0,
    failed: 0,
  };
  /** The requests, and which of them have their final result. */
  readonly requests: OpenRequests = new OpenRequests();
  /** Requests without a final result that were answered, or should have been. */
  readonly held: Map<string, Held> = new Map();

  /** Takes lines of a result file, as parsed; gives the final results in one block. */
  async *take(
    lines: readonly unknown[],
    source: LineSource,
    context: ReadContext,
  ): AsyncGenerator<AnyResult[]> {
    const { schema } = context.answers;
    const results: AnyResult[] = [];
    try {
      for (const line of lines) {
        const place = this.#placeOf(line, source.progress);
        if (place < 0) continue;
        const result = this.#read(line, place, source, context);
        if (!result) continue;
        // Not awaited in vain: there are millions of lines.
        const checked = schema ? await checkOutput(result, schema) : result;
        const verdict = judge(checked, context.answers);
        // A failure waits for the other files, where its answer may stand.
        const isAnswer = checked.ok && verdict.kind === "final";
        if (isAnswer) results.push(this.end(place, checked));
        else this.hold(place, checked, verdict, source, context);
      }
    } finally {
      // Also before an error, such as one of the option retry.
      if (results.length > 0) yield results;
    }
  }

  /**
   * Holds what may be asked again, and what may still be answered by another
   * file of the round. `place` is the request's line in the part's first file.
   */
  hold(
    place: number,
    result: AnyResult,
    { kind, params }: Verdict,
    { batch, round }: Source,
    { onQuota, answers: { maxAttempts } }: ReadContext,
  ): void {
    const isQuota = kind === "quota";
    if (isQuota && !result.ok) onQuota(result.error, batch);
    const before = this.held.get(result.id);
    const keepsBefore = before && worthOf(result) < worthOf(before.result);
    const isOfRound = before !== undefined && before.round >= round;
    this.held.set(result.id, {
      line: place,
      result: keepsBefore ? before.result : result,
      // What found no credit is always sent again.
      attempts: isQuota
        ? Math.min(result.attempts, maxAttempts) - 1
        : result.attempts,
      round: Math.max(round, before?.round ?? 0),
      params: keepsBefore ? before.params : params,
      isEarlier: keepsBefore ? !isOfRound || before.isEarlier : false,
      isFinal: keepsBefore && isOfRound ? before.isFinal : kind === "final",
    });
  }

  /** Takes note of a final result, and hands it on. */
  end(place: number, result: AnyResult): AnyResult {
    this.held.delete(result.id);
    this.requests.end(place);
    this.counts[result.ok ? "succeeded" : "failed"]++;
    return result;
  }

  /** Forgets all but the counts. */
  clear(): void {
    this.requests.clear();
    this.held.clear();
  }

  /** Whose line it is; -1 if it is about no request of the part. */
  #placeOf(line: unknown, progress: FileProgress): number {
    const id = idOf(line);
    const place = id === undefined ? -1 : this.requests.find(id);
    if (place < 0) progress.strange++;
    else progress.known++;
    return place;
  }

  /** Reads one line; gives its result if it says more of its request than the lines before. */
  #read(
    line: unknown,
    place: number,
    { batch, round, endpoint, progress }: LineSource,
    { onAnswer }: ReadContext,
  ): AnyResult | undefined {
    const id = idOf(line) as string;
    const isFinal = this.requests.hasEnded(place);
    const held = this.held.get(id);
    const isOfRound = held && held.round >= round && !held.isEarlier;
    const said = isOfRound ? held.result : undefined;
    // Repeated, or read before the download broke off.
    const taken = grown(progress.taken, place + 1);
    progress.taken = taken;
    const before = taken[place] as number;
    if (before === ANSWER && (isFinal || said?.ok)) return undefined;
    const result = toResult(line, {
      id,
      index: this.requests.indexOf(place),
      attempts: attemptsOf(held, round),
      batchId: batch.id,
      endpoint,
    });
    // Behind an error may stand the answer, also of what another batch has answered.
    const isAnswerAtLast = before === ONLY_ERRORS && result.ok;
    if (before !== ANSWER) taken[place] = result.ok ? ANSWER : ONLY_ERRORS;
    const isRepeated = before > 0;
    const isNews = isFinal
      ? !isRepeated
      : !said || worthOf(result) > worthOf(said);
    const isSame = isRepeated || said?.batchId === batch.id;
    if (isSame && !isNews && !isAnswerAtLast) return undefined;
    // What a duplicate or a later round answers as well is paid for anyway.
    onAnswer(result);
    return isFinal ? undefined : result;
  }
}

/**
 * How often a request was asked by the time of a round. The second line of one
 * round is of a duplicate batch, or came late, and is not a second attempt.
 */
export function attemptsOf(held: Held | undefined, round: number): number {
  if (!held) return 1;
  if (held.round < round) return held.attempts + 1;
  return Math.max(1, held.attempts, held.result.attempts);
}
