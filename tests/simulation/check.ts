/**
 * Holds what the processes got against what the server did.
 *
 * @module
 */

import type { Failure, Result, Success } from "../../mod.ts";
import { type JobLedger, knownFrom } from "./ledger.ts";
import { type Delivery, isDraft } from "./lives.ts";
import type { Scenario } from "./scenario.ts";
import { SETTLE_TIME } from "./time.ts";

/** What is wrong, and the figures. */
export interface Verdict {
  problems: string[];
  /** Results that were handed out, in whole deliveries. */
  results: number;
  /** Requests without a result, or without the answer that there was. */
  lost: number;
  /** Requests that were paid twice. */
  paidTwice: number;
  /** The same where two processes were alive, or lists lag behind more than settleTime. */
  duplicates: number;
}

/** What was seen of a simulation. */
export interface Seen {
  scenario: Scenario;
  ledger: JobLedger;
  deliveries: readonly Delivery[];
  /** Whether somebody called `cancel()`. */
  cancelCalled: boolean;
  /** When `cancel()` resolved, and what was active then. */
  cancels: readonly { at: number; active: number }[];
}

/** Failures that are asked again. */
const PASSING: ReadonlySet<string> = new Set([
  "batch_expired",
  "batch_cancelled",
  "request_timeout",
  "missing",
  "internal_error",
]);

/** Checks a simulation that has ended. */
export class Checker {
  readonly #seen: Seen;
  readonly #verdict: Verdict = {
    problems: [],
    results: 0,
    lost: 0,
    paidTwice: 0,
    duplicates: 0,
  };
  /** Whether nothing may be paid twice at all. */
  readonly #isStrict: boolean;
  /** Whether the job may have been stopped before its end. */
  readonly #isStopped: boolean;

  constructor(seen: Seen) {
    const { scenario, cancelCalled } = seen;
    const { beside, oddities, options } = scenario;
    this.#seen = seen;
    this.#isStrict = !beside && oddities.lag <= SETTLE_TIME &&
      oddities.filesLate === 0;
    this.#isStopped = cancelCalled || options.deadline !== undefined;
  }

  /** Checks everything. */
  verdict(): Verdict {
    const { ledger, deliveries } = this.#seen;
    for (const id of ledger.ids) this.#checkPaid(id);
    for (const delivery of deliveries) this.#checkDelivery(delivery);
    this.#checkAgreement();
    this.#checkCancel();
    this.#checkMetadata();
    return this.#verdict;
  }

  #checkPaid(id: string): void {
    const { ledger, scenario } = this.#seen;
    const answers = ledger.answersOf(id);
    const twice = Math.max(0, answers.length - 1);
    if (!this.#isStrict) {
      this.#verdict.duplicates += twice;
      if (!answers.some((line) => ledger.isAskedLater(line))) return;
      return this.#note(`asked again long after a twin had answered: ${id}`);
    }
    this.#verdict.paidTwice += twice;
    if (twice > 0) {
      const where = answers.map(({ batch }) =>
        `p${batch.part}.r${batch.round}`
      );
      this.#note(`paid twice: ${id} in ${where.join(", ")}`);
    }
    const refusals = ledger.linesOf(id).filter(({ response }) =>
      response?.status_code === 400
    );
    if (refusals.length > 1) {
      this.#note(`asked again after a final failure: ${id}`);
    }
    // Some servers tell only of the first.
    if (!scenario.oddities.errorsAs && ledger.isAskedAfterNamed(id)) {
      this.#note(`asked again after a batch was refused for it: ${id}`);
    }
    if (ledger.unknownRoundsOf(id) > 2) {
      this.#note(`asked again and again for an unknown reason: ${id}`);
    }
    if (ledger.asksOf(id) > scenario.options.maxAttempts) {
      this.#note(`asked more often than maxAttempts: ${id}`);
    }
  }

  #checkDelivery(delivery: Delivery): void {
    const { results, isComplete, life } = delivery;
    const given = new Set<string>();
    for (const result of results) {
      if (given.has(result.id) && !this.#mayBeForeign(result, delivery)) {
        this.#note(`${life.kind}: two results for ${result.id}`);
      }
      given.add(result.id);
      this.#checkResult(result, delivery);
    }
    if (!isComplete) return;
    this.#verdict.results += results.length;
    if (!this.#mustBeWhole(delivery)) return;
    const lost = this.#seen.ledger.ids.filter((id) => !given.has(id));
    this.#verdict.lost += lost.length;
    if (lost.length > 0) {
      this.#note(`${life.kind}: no result for ${lost.join(", ")}`);
    }
    this.#checkUsage(delivery);
  }

  /** Who has no input and gets none can't name what is missing, and what was cancelled early never arrived. */
  #mustBeWhole({ hasInput, startedAt }: Delivery): boolean {
    const { scenario, ledger } = this.#seen;
    if (hasInput) return true;
    const isThere = ledger.wholeSince < startedAt || !this.#isStopped;
    return isThere && !scenario.oddities.keepsInput;
  }

  #checkResult(result: Result, delivery: Delivery): void {
    const { life, hasInput } = delivery;
    const index = this.#seen.ledger.ids.indexOf(result.id);
    const name = `${life.kind}: ${result.id}`;
    if (this.#mayBeForeign(result, delivery)) return;
    if (index < 0) return this.#note(`${name} is no request`);
    const expected = hasInput ? index : undefined;
    if (result.index !== expected) {
      this.#note(`${name} has the index ${result.index}, not ${expected}`);
    }
    if (result.via === "direct") return this.#checkDirect(result, index, name);
    if (result.ok) this.#checkAnswer(result, index, name, hasInput);
    else this.#checkFailure(result, name, delivery);
  }

  /** Who can't have the input can't tell the answers of strangers. */
  #mayBeForeign({ id }: Result, { hasInput }: Delivery): boolean {
    const { ledger, scenario } = this.#seen;
    const isBlind = !hasInput && scenario.oddities.keepsInput;
    return isBlind && !ledger.ids.includes(id);
  }

  #checkAnswer(
    result: Success,
    index: number,
    name: string,
    hasInput: boolean,
  ): void {
    const { ledger, scenario } = this.#seen;
    const { output, id, batchId } = result;
    if (output !== `answer ${index}.` && output !== `draft ${index}.`) {
      this.#note(`${name} has the answer "${output}"`);
    }
    if (!ledger.linesOf(id).some(({ batch }) => batch.wire.id === batchId)) {
      this.#note(`${name} is not in the batch that it names`);
    }
    if (!scenario.workload.retries || !isDraft(result)) return;
    if (this.#isOver(id, hasInput)) return;
    this.#note(`${name} was not asked again`);
  }

  /** What a batch has answered is not asked directly. */
  #checkDirect({ ok, id, output }: Result, index: number, name: string): void {
    const { ledger, scenario } = this.#seen;
    if (scenario.options.deadline === undefined) {
      this.#note(`${name} was asked directly without a deadline`);
    }
    if (this.#isStrict && ledger.answersOf(id).length > 0) {
      this.#note(`${name} was asked directly, and a batch had answered it`);
    }
    if (!ok || output === `answer ${index}.` || output === `draft ${index}.`) {
      return;
    }
    this.#note(`${name} has the answer "${output}"`);
  }

  /** Whether a request can't be asked again. */
  #isOver(id: string, hasInput: boolean): boolean {
    const { ledger, scenario } = this.#seen;
    const isUsedUp = ledger.roundsOf(id) >= scenario.options.maxAttempts;
    return isUsedUp || this.#isStopped || this.#hasNoInput(hasInput);
  }

  #checkFailure(
    { id, error }: Failure,
    name: string,
    { hasInput, startedAt }: Delivery,
  ): void {
    const said = `${name} failed with ${error.code}: ${error.message}`;
    if (error.code === "input_unavailable") {
      if (!this.#hasNoInput(hasInput)) this.#note(said);
      return;
    }
    const isAnswered = this.#seen.ledger.answersOf(id).some(({ batch }) =>
      this.#isStrict || knownFrom(batch) < startedAt
    );
    if (isAnswered) {
      this.#verdict.lost++;
      return this.#note(`${said}, but it was answered`);
    }
    if (!this.#isFinal(id, error, hasInput)) this.#note(said);
  }

  /** Whether a failure may be the last word. */
  #isFinal(id: string, error: Failure["error"], hasInput: boolean): boolean {
    const { code, status } = error;
    if (code === "cancelled" || code === "deadline") return this.#isStopped;
    if (code === "too_large") return this.#isTooLarge(id);
    if (code === "token_limit_exceeded") return this.#seen.ledger.neverFits(id);
    if (code === "insufficient_quota") return false;
    if (code === "missing_required_parameter") {
      return this.#seen.ledger.isNamed(id);
    }
    if (status === 400) return true;
    if (code === "request_failed") return this.#isTriedTwice(id, hasInput);
    const isPassing = PASSING.has(code) || status === 429 || status! >= 500;
    return isPassing && this.#isOver(id, hasInput);
  }

  /** What no rule knows is asked once more. */
  #isTriedTwice(id: string, hasInput: boolean): boolean {
    const { ledger } = this.#seen;
    return ledger.unknownRoundsOf(id) >= 2 || ledger.roundsOf(id) >= 2 ||
      this.#isOver(id, hasInput);
  }

  /** Whether nobody can make another file of it. */
  #hasNoInput(isPassed: boolean): boolean {
    const { oddities, workload } = this.#seen.scenario;
    const isGone = !isPassed || workload.form === "iterable";
    return oddities.keepsInput && isGone;
  }

  #isTooLarge(id: string): boolean {
    const { scenario, ledger } = this.#seen;
    const { options, workload } = scenario;
    const padding = workload.requests[ledger.ids.indexOf(id)]?.padding ?? "";
    return padding.length + 200 > (options.maxBytes ?? Infinity);
  }

  /** One process that has read it all tells what was paid. */
  #checkUsage({ usage, hasInput, results, startedAt }: Delivery): void {
    if (!usage) return;
    const { total_tokens } = usage;
    const told = results.map(({ usage }) => usage?.total_tokens ?? 0)
      .reduce((sum, tokens) => sum + tokens, 0);
    if (total_tokens < told) {
      this.#note(`usage ${total_tokens} is below the results' ${told}`);
    }
    const { tokens } = this.#seen.ledger;
    if (!hasInput || !this.#isToldAll(startedAt) || this.#gaveUp()) return;
    if (results.some(({ via }) => via === "direct")) return;
    if (total_tokens === tokens) return;
    this.#note(`usage ${total_tokens} is not the ledger's ${tokens}`);
  }

  /** Whether all that was paid could be read: files may come later than anybody waits for. */
  #isToldAll(since: number): boolean {
    const { beside, oddities } = this.#seen.scenario;
    if (this.#isStrict) return true;
    if (beside || oddities.lag > SETTLE_TIME) return false;
    const { batches } = this.#seen.ledger;
    return batches.every((batch) => knownFrom(batch) < since);
  }

  /** Whether one process gave up what another went on with. */
  #gaveUp(): boolean {
    return this.#seen.deliveries.some(({ results }) =>
      results.some(({ error }) => error?.code === "input_unavailable")
    );
  }

  /** What one process said stays true for the next. */
  #checkAgreement(): void {
    const { deliveries } = this.#seen;
    const last = deliveries.findLast(({ isComplete }) => isComplete);
    if (!this.#isStrict || !last || this.#gaveUp()) return;
    const final = new Map(last.results.map((result) => [result.id, result]));
    for (const { results, life } of deliveries) {
      for (const result of results) {
        const now = this.#seen.ledger.ids.includes(result.id)
          ? final.get(result.id)
          : undefined;
        if (!now || describe(now) === describe(result)) continue;
        const was = `${life.kind}: ${result.id} was ${describe(result)}`;
        this.#note(`${was}, now it is ${describe(now)}`);
      }
    }
  }

  #checkCancel(): void {
    const { cancels, scenario, ledger } = this.#seen;
    if (scenario.oddities.lag > SETTLE_TIME) return;
    for (const { at, active } of cancels) {
      const late = ledger.batches.filter(({ wire }) =>
        wire.created_at * 1_000 > at
      ).length;
      if (active > 0) this.#note(`cancel: ${active} batches active after it`);
      if (late > 0) this.#note(`cancel: ${late} batches created after it`);
    }
  }

  /** Each batch has the pairs of one process, all of them, and no more. */
  #checkMetadata(): void {
    for (const { wire } of this.#seen.ledger.batches) {
      const { offpeak: _, ...pairs } = wire.metadata ?? {};
      const texts = Object.values(pairs);
      const wanted = texts.length === 0 ? [] : [`of ${texts.length}`];
      if (new Set(texts).size === wanted.length && texts[0] === wanted[0]) {
        continue;
      }
      this.#note(`metadata of several processes: ${JSON.stringify(pairs)}`);
    }
  }

  #note(problem: string): void {
    this.#verdict.problems.push(problem);
  }
}

/** A result in a few words. What a full queue made of it before the job was stopped does not matter. */
function describe(result: Result): string {
  // Direct answers are not kept: the next process asks anew.
  if (result.via === "direct") return "stopped";
  if (result.ok) return `${result.output} ${result.requestId}`;
  const { code } = result.error;
  const isStopped = ["cancelled", "deadline", "token_limit_exceeded"];
  return isStopped.includes(code) ? "stopped" : code;
}
