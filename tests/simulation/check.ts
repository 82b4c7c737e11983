/**
 * Holds what the processes got against what the server did.
 *
 * @module
 */

import type { Batch, Result } from "../../mod.ts";
import { type Delivery, isDraft } from "./lives.ts";
import { SETTLE_TIME } from "./scenario.ts";
import type { Simulation } from "./simulate.ts";
import { idAt } from "./workload.ts";

/** What is wrong, and the figures. */
export interface Verdict {
  problems: string[];
  /** Results that were handed out, in whole deliveries. */
  results: number;
  /** Requests without a result. */
  lost: number;
  /** Requests that were paid twice by one process. */
  paidTwice: number;
  /** Requests that were paid twice where two processes were alive or lists lag behind. */
  duplicates: number;
  stuck: boolean;
}

/** One line of a result file, and where it stands. */
export interface Line {
  batch: JobBatch;
  custom_id: string;
  response: { status_code: number; body: Record<string, unknown> } | null;
  error: { code: string } | null;
}

/** A batch of the job. */
export interface JobBatch {
  wire: Batch;
  /** Part, half and round: what one tag says. */
  round: string;
  ids: Set<string>;
  lines: Line[];
}

const TAG = /^sim\.v1\.p(\d+)([ab]*)\.r(\d+)/;
const RETRIED = new Set([
  "batch_expired",
  "batch_cancelled",
  "request_timeout",
  "missing",
]);

/** Checks a simulation that has ended. */
export function check(
  simulation: Simulation,
  batches: JobBatch[],
): Verdict {
  return new Checker(simulation, batches).verdict();
}

/** Reads what the server has of the job. */
export async function readBatches(
  { sim, server }: Simulation,
): Promise<JobBatch[]> {
  // The last answers are written by the next call.
  await call(sim, "/batches?limit=1");
  const all: JobBatch[] = [];
  for (const wire of sim.ledger.batches) {
    const [, part, half, round] = TAG.exec(wire.metadata?.offpeak ?? "") ?? [];
    const batch: JobBatch = {
      wire,
      round: `${part}${half}/${round}`,
      ids: new Set(),
      lines: [],
    };
    for (const line of await linesOf(sim, server.inputOf(wire))) {
      batch.ids.add(line.custom_id);
    }
    for (const id of [wire.output_file_id, wire.error_file_id]) {
      for (const line of await linesOf(sim, id)) {
        batch.lines.push({ ...line, batch });
      }
    }
    all.push(batch);
  }
  return all;
}

async function linesOf(sim: Simulation["sim"], id: unknown): Promise<Line[]> {
  if (typeof id !== "string") return [];
  const response = await call(sim, `/files/${id}/content`);
  if (!response.ok) return [];
  const text = await response.text();
  return text.split("\n").filter(Boolean).map(parse);
}

/** A file that was cut off is a problem of its own. */
function parse(text: string): Line {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse('{"custom_id":"","response":null,"error":null}');
  }
}

function call(sim: Simulation["sim"], path: string): Promise<Response> {
  const { apiKey, baseURL } = sim.options;
  const headers = { authorization: `Bearer ${apiKey}` };
  return sim.fetch(baseURL + path, { headers });
}

class Checker {
  readonly #simulation: Simulation;
  readonly #batches: JobBatch[];
  readonly #problems: string[];
  readonly #ids: string[];
  readonly #lines = new Map<string, Line[]>();
  #lost = 0;
  #paidTwice = 0;
  #duplicates = 0;
  #results = 0;

  constructor(simulation: Simulation, batches: JobBatch[]) {
    this.#simulation = simulation;
    this.#batches = batches;
    this.#problems = [...simulation.problems];
    const { workload } = simulation.scenario;
    this.#ids = workload.requests.map((_, index) => idAt(workload, index));
    for (const id of this.#ids) this.#lines.set(id, []);
    for (const line of batches.flatMap(({ lines }) => lines)) {
      this.#lines.get(line.custom_id)?.push(line);
    }
  }

  verdict(): Verdict {
    this.#cover();
    for (const id of this.#ids) this.#checkPaid(id);
    for (const delivery of this.#simulation.deliveries) this.#check(delivery);
    this.#checkAgreement();
    this.#checkCancel();
    const stuck = this.#problems.some((text) => text.startsWith("stuck"));
    return {
      problems: this.#problems,
      results: this.#results,
      lost: this.#lost,
      paidTwice: this.#paidTwice,
      duplicates: this.#duplicates,
      stuck,
    };
  }

  /** Whether nothing may be paid twice at all. */
  get #isStrict(): boolean {
    const { scenario, isShared } = this.#simulation;
    return !isShared && scenario.oddities.lag <= SETTLE_TIME;
  }

  get #isStopped(): boolean {
    const { scenario, cancelCalled } = this.#simulation;
    return cancelCalled || scenario.options.deadline !== undefined;
  }

  #cover(): void {
    const { coverage, scenario, cancelCalled } = this.#simulation;
    for (const { wire, round } of this.#batches) {
      coverage.count(`status: ${wire.status}`);
      if (/[ab]\//.test(round)) coverage.count("batch of a half");
    }
    const halved = this.#batches.some(({ round }) => /[ab]\//.test(round));
    const { lag } = scenario.oddities;
    const facts: [string, boolean][] = [
      ["halving", halved],
      ["list lag below settleTime", lag > 0 && lag <= SETTLE_TIME],
      ["list lag above settleTime", lag > SETTLE_TIME],
      ["quota", coverage.of("line without credit") > 0],
      [
        "deadline",
        scenario.options.deadline !== undefined && this.#hasCode("deadline"),
      ],
      ["cancel called", cancelCalled],
    ];
    for (const [name, isSo] of facts) if (isSo) coverage.count(name);
  }

  #hasCode(code: string): boolean {
    return this.#simulation.deliveries.some(({ results }) =>
      results.some(({ error }) => error?.code === code)
    );
  }

  /** Answers that can be read, and that nobody wanted anew. */
  #answersOf(id: string): Line[] {
    const { retries } = this.#simulation.scenario.workload;
    return (this.#lines.get(id) ?? []).filter((line) => {
      const isAnswer = line.response?.status_code === 200;
      return isAnswer && !(retries && outputOf(line).startsWith("draft"));
    });
  }

  #checkPaid(id: string): void {
    const answers = this.#answersOf(id);
    const refusals = (this.#lines.get(id) ?? []).filter((line) =>
      line.response?.status_code === 400
    );
    const more = Math.max(0, answers.length - 1);
    if (!this.#isStrict) {
      this.#duplicates += more;
      if (answers.some((line) => this.#isAskedLater(line))) {
        this.#problem(`asked again long after a twin had answered: ${id}`);
      }
      return;
    }
    this.#paidTwice += more;
    if (more > 0) {
      const where = answers.map(({ batch }) =>
        `${batch.round} ${batch.wire.id.slice(0, 10)}`
      );
      this.#problem(`paid twice: ${id} in ${where.join(", ")}`);
    }
    if (refusals.length > 1) {
      this.#problem(`asked again after a final failure: ${id}`);
    }
  }

  /** Whether a later round was begun when everybody could know the answer. */
  #isAskedLater({ custom_id, batch }: Line): boolean {
    const knownAt = knownFrom(batch.wire) / 1_000;
    return this.#batches.some(({ ids, wire, round }) =>
      ids.has(custom_id) && wire.created_at > knownAt &&
      roundOf(round) > roundOf(batch.round)
    );
  }

  #check(delivery: Delivery): void {
    const { results, isComplete, life } = delivery;
    const name = life.kind;
    const seen = new Set<string>();
    for (const result of results) {
      if (seen.has(result.id)) {
        this.#problem(`${name}: two results for ${result.id}`);
      }
      seen.add(result.id);
      this.#checkResult(result, delivery);
    }
    if (!isComplete) return;
    this.#results += results.length;
    if (!this.#mustBeWhole(delivery)) return;
    const lost = this.#ids.filter((id) => !seen.has(id));
    this.#lost += lost.length;
    if (lost.length > 0) {
      this.#problem(`${name}: no result for ${lost.join(", ")}`);
    }
    this.#checkUsage(delivery);
  }

  /** Who has no input and gets none can't name what is missing; what was cancelled early never arrived. */
  #mustBeWhole({ hasInput }: Delivery): boolean {
    const { scenario, isWhole } = this.#simulation;
    if (hasInput) return true;
    return !scenario.oddities.keepsInput && (isWhole || !this.#isStopped);
  }

  #checkResult(result: Result, delivery: Delivery): void {
    const { life, hasInput } = delivery;
    const { id } = result;
    const index = this.#ids.indexOf(id);
    const name = `${life.kind}: ${id}`;
    if (index < 0) return this.#problem(`${name} is no request`);
    const expected = hasInput ? index : undefined;
    if (result.index !== expected) {
      this.#problem(`${name} has the index ${result.index}, not ${expected}`);
    }
    if (result.ok) return this.#checkAnswer(result, index, name, hasInput);
    this.#checkFailure(result, name, delivery);
  }

  #checkAnswer(
    result: Result,
    index: number,
    name: string,
    hasInput: boolean,
  ): void {
    const output = String(result.output);
    if (output !== `answer ${index}.` && output !== `draft ${index}.`) {
      this.#problem(`${name} has the answer "${output}"`);
    }
    const isSettled = this.#isStopped || this.#hasNoInput(hasInput) ||
      this.#roundsOf(result.id) >=
        this.#simulation.scenario.options.maxAttempts;
    if (
      this.#simulation.scenario.workload.retries && isDraft(result) &&
      !isSettled
    ) this.#problem(`${name} was not asked again`);
  }

  #checkFailure(
    result: Result,
    name: string,
    { hasInput, startedAt }: Delivery,
  ): void {
    const { code, status } = result.error!;
    const said = `${name} failed with ${code}`;
    if (code === "input_unavailable") {
      if (!this.#hasNoInput(hasInput)) this.#problem(said);
      return;
    }
    const known = this.#answersOf(result.id).filter(({ batch }) =>
      this.#isStrict || knownFrom(batch.wire) < startedAt
    );
    if (known.length > 0) {
      this.#lost++;
      return this.#problem(`${said}, but it was answered`);
    }
    if (code === "cancelled" || code === "deadline") {
      if (!this.#isStopped) this.#problem(said);
      return;
    }
    if (status === 400) return;
    if (code === "too_large" && this.#isTooLarge(result.id)) return;
    if (code === "token_limit_exceeded" && this.#neverFits(result.id)) return;
    const isRetried = RETRIED.has(code) ||
      (status !== undefined && code !== "insufficient_quota" &&
        (status === 429 || status >= 500));
    if (!isRetried) {
      return this.#problem(`${said}: ${result.error!.message}`);
    }
    const rounds = this.#roundsOf(result.id);
    const { maxAttempts } = this.#simulation.scenario.options;
    if (rounds < maxAttempts && !this.#isStopped) {
      this.#problem(`${said} after ${rounds} of ${maxAttempts} attempts`);
    }
  }

  /** Whether nobody can make another file of it. */
  #hasNoInput(isPassed: boolean): boolean {
    const { oddities, workload } = this.#simulation.scenario;
    const isGone = !isPassed || workload.form === "iterable";
    return oddities.keepsInput && isGone;
  }

  #isTooLarge(id: string): boolean {
    const { options, workload } = this.#simulation.scenario;
    const padding = workload.requests[this.#ids.indexOf(id)]?.padding ?? "";
    return padding.length + 200 > (options.maxBytes ?? Infinity);
  }

  /** Refused alone, five times over an hour. */
  #neverFits(id: string): boolean {
    const refused = this.#batches.filter(({ ids, wire }) =>
      ids.size <= 1 && ids.has(id) && wire.status === "failed"
    ).map(({ wire }) => wire.failed_at!);
    const [first = 0] = refused;
    return refused.length >= 5 && refused.at(-1)! - first >= 3_600;
  }

  /** Rounds in which a request could run. */
  #roundsOf(id: string): number {
    const broke = this.#lines.get(id)!.filter(({ response }) =>
      JSON.stringify(response?.body ?? "").includes("insufficient_quota")
    ).map(({ batch }) => batch);
    const ran = this.#batches.filter((batch) =>
      batch.ids.has(id) && batch.wire.status !== "failed" &&
      !broke.includes(batch)
    );
    return new Set(ran.map(({ round }) => round)).size;
  }

  /** What was paid for is what one process tells that has read it all. */
  #checkUsage({ usage, hasInput, results }: Delivery): void {
    if (!usage) return;
    const told = results.reduce(
      (sum, { usage }) => sum + (usage?.total_tokens ?? 0),
      0,
    );
    if (usage.total_tokens < told) {
      this.#problem(
        `usage ${usage.total_tokens} is below the results' ${told}`,
      );
    }
    const { beside } = this.#simulation.scenario;
    if (!hasInput || beside || !this.#isStrict) return;
    if (this.#hasCode("input_unavailable")) return;
    const paid = [...this.#lines.values()].flat().reduce(
      (sum, line) => sum + tokensOf(line),
      0,
    );
    if (usage.total_tokens !== paid) {
      this.#problem(`usage ${usage.total_tokens} is not the ledger's ${paid}`);
    }
  }

  /** What one process said stays true for the next. */
  #checkAgreement(): void {
    if (!this.#isStrict) return;
    const { deliveries } = this.#simulation;
    const last = deliveries.findLast(({ isComplete }) => isComplete);
    if (!last) return;
    const final = new Map(last.results.map((result) => [result.id, result]));
    for (const { results, life } of deliveries) {
      for (const result of results) {
        const now = final.get(result.id);
        if (!now || result.error?.code === "input_unavailable") continue;
        if (now.error?.code === "input_unavailable") continue;
        if (describe(now) === describe(result)) continue;
        this.#problem(
          `${life.kind}: ${result.id} was ${describe(result)}, now it is ${
            describe(now)
          }`,
        );
      }
    }
  }

  #checkCancel(): void {
    const { cancels, scenario } = this.#simulation;
    if (scenario.oddities.lag > SETTLE_TIME) return;
    for (const { at, active } of cancels) {
      if (active.length > 0) {
        this.#problem(`cancel: ${active.length} batches were active after it`);
      }
      const late = this.#batches.filter(({ wire }) =>
        wire.created_at * 1_000 > at
      );
      if (late.length > 0) {
        this.#problem(`cancel: ${late.length} batches were created after it`);
      }
    }
  }

  #problem(text: string): void {
    this.#problems.push(text);
  }
}

/** When a process surely knows the answers of a batch, ms: lists lag behind, files come late, polls are rare. */
function knownFrom({ completed_at, expired_at, cancelled_at }: Batch): number {
  const endedAt = completed_at ?? expired_at ?? cancelled_at ?? Infinity;
  return endedAt * 1_000 + 3_600_000;
}

/** The number of a round: 3 of "12a/3". */
function roundOf(round: string): number {
  return Number(round.split("/")[1]);
}

function describe(result: Result): string {
  return result.ok
    ? `${result.output} ${result.requestId}`
    : result.error.code.replace("deadline", "cancelled");
}

function outputOf(line: Line): string {
  // deno-lint-ignore no-explicit-any
  return String((line.response?.body as any)?.choices?.[0]?.message?.content);
}

function tokensOf(line: Line): number {
  const usage = line.response?.body.usage as { total_tokens?: number };
  return usage?.total_tokens ?? 0;
}
