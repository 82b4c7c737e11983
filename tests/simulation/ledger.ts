/**
 * What the server did for the job: read from the simulator when all is over.
 *
 * @module
 */

import type { Batch } from "../../mod.ts";
import type { Simulator } from "../../src/testing/mod.ts";
import type { Scenario } from "./scenario.ts";
import type { Server } from "./server.ts";
import { idAt } from "./workload.ts";

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
  /** Its part and slice: "12.l1-9". */
  part: string;
  /** The number of its round. */
  round: number;
  /** What it was to ask. */
  ids: Set<string>;
  /** What can be read of its answers. */
  lines: Line[];
}

const TAG = /^sim\.v1\.p(\d+(?:\.l[\d-]+)?)\.r(\d+)/;

/** All batches of a job, and what they answered. */
export class JobLedger {
  readonly batches: readonly JobBatch[];
  /** The ids of the requests, in the order of the input. */
  readonly ids: readonly string[];
  /** Since when the input is there as a whole, ms; Infinity if it never was. */
  readonly wholeSince: number;
  readonly #retries: boolean;
  readonly #lines = new Map<string, Line[]>();

  constructor(
    batches: JobBatch[],
    wholeSince: number,
    { workload }: Scenario,
  ) {
    this.batches = batches;
    this.wholeSince = wholeSince;
    this.ids = workload.requests.map((_, index) => idAt(workload, index));
    this.#retries = workload.retries !== false;
    for (const id of this.ids) this.#lines.set(id, []);
    for (const line of batches.flatMap(({ lines }) => lines)) {
      this.#lines.get(line.custom_id)?.push(line);
    }
  }

  /** All that can be read of a request. */
  linesOf(id: string): readonly Line[] {
    return this.#lines.get(id) ?? [];
  }

  /** Its answers that can be read and that nobody wanted anew. */
  answersOf(id: string): Line[] {
    return this.linesOf(id).filter((line) =>
      line.response?.status_code === 200 && !isHollow(line) &&
      !(this.#retries && outputOf(line).startsWith("draft"))
    );
  }

  /** Rounds in which it could run: there was credit, and room in the queue. */
  roundsOf(id: string): number {
    const broke = this.linesOf(id).filter(lacksCredit);
    const ran = this.batches.filter((batch) =>
      batch.ids.has(id) && !isVoid(batch) &&
      !broke.some((line) => line.batch === batch)
    );
    return countRounds(ran);
  }

  /** Rounds in which it was really asked. */
  asksOf(id: string): number {
    const asked = this.linesOf(id).filter((line) =>
      line.response && !lacksCredit(line)
    );
    return countRounds(asked.map(({ batch }) => batch));
  }

  /** Rounds in which it failed for a reason that no rule knows. */
  unknownRoundsOf(id: string): number {
    const lines = this.linesOf(id).filter(({ error }) =>
      error && "type" in error && error.type === "request_failed"
    );
    return countRounds(lines.map(({ batch }) => batch));
  }

  /** Whether a batch was refused because of it. */
  isNamed(id: string): boolean {
    return this.batches.some((batch) => namedIn(batch).includes(id));
  }

  /** Whether it was in a later round than that. */
  isAskedAfterNamed(id: string): boolean {
    const rounds = (some: readonly JobBatch[]) =>
      some.map(({ round }) => round);
    const asked = this.batches.filter(({ ids }) => ids.has(id));
    const named = asked.filter((batch) => namedIn(batch).includes(id));
    return Math.max(-1, ...rounds(asked)) >
      Math.min(Infinity, ...rounds(named));
  }

  /** Whether it was refused by itself for a day: no single one that is drawn exceeds a limit. */
  neverFits(id: string): boolean {
    const refused = this.batches.filter(({ ids, wire }) =>
      ids.size === 1 && ids.has(id) && wire.status === "failed"
    ).map(({ wire }) => wire.failed_at!);
    const [first = 0] = refused;
    return refused.length >= 5 && refused.at(-1)! - first >= 86_400;
  }

  /** Whether a later round was begun when everybody could know this answer. */
  isAskedLater({ custom_id, batch }: Line): boolean {
    return this.batches.some(({ ids, wire, round }) =>
      ids.has(custom_id) && round > batch.round &&
      wire.created_at * 1_000 > knownFrom(batch)
    );
  }

  /** Tokens of all that can be read. */
  get tokens(): number {
    return [...this.#lines.values()].flat().map(tokensOf)
      .reduce((sum, tokens) => sum + tokens, 0);
  }
}

/** Reads it. */
export async function readLedger(
  sim: Simulator,
  server: Server,
  scenario: Scenario,
): Promise<JobLedger> {
  // The last answers are written by the next call.
  await call(sim, "/batches?limit=1");
  const all: JobBatch[] = [];
  for (const wire of sim.ledger.batches) {
    const [, part = "", round] = TAG.exec(wire.metadata?.offpeak ?? "") ?? [];
    const input = await linesIn(sim, server.inputOf(wire));
    const ids = new Set(input.map(({ custom_id }) => custom_id));
    const batch = { wire, part, round: Number(round), ids, lines: [] };
    all.push(batch);
    await readLines(sim, batch);
  }
  const last = sim.ledger.files.find(({ filename }) =>
    filename.endsWith(".last.jsonl")
  );
  const wholeSince = last ? last.created_at * 1_000 : Infinity;
  return new JobLedger(all, wholeSince, scenario);
}

async function readLines(sim: Simulator, batch: JobBatch): Promise<void> {
  const { output_file_id, error_file_id } = batch.wire;
  for (const id of [output_file_id, error_file_id]) {
    const lines = await linesIn(sim, id);
    batch.lines.push(...lines.map((line) => ({ ...line, batch })));
  }
}

async function linesIn(sim: Simulator, id: unknown): Promise<Line[]> {
  if (typeof id !== "string") return [];
  const response = await call(sim, `/files/${id}/content`);
  if (!response.ok) return [];
  const lines = (await response.text()).split("\n").filter(Boolean);
  return lines.map((line) => withBody(JSON.parse(line)));
}

/** Some servers write a body as JSON in a text. */
function withBody(line: Line): Line {
  const body: unknown = line.response?.body;
  if (!line.response || typeof body !== "string") return line;
  if (!body.startsWith("{")) return line;
  return { ...line, response: { ...line.response, body: JSON.parse(body) } };
}

function call(sim: Simulator, path: string): Promise<Response> {
  const { apiKey, baseURL } = sim.options;
  const headers = { authorization: `Bearer ${apiKey}` };
  return sim.fetch(baseURL + path, { headers });
}

/** When every process knows the answers of a batch, ms: lists lag behind, files come late, looks are rare. */
export function knownFrom({ wire }: JobBatch): number {
  const endedAt = wire.completed_at ?? wire.expired_at ?? wire.cancelled_at;
  return (endedAt ?? Infinity) * 1_000 + 3_600_000;
}

function countRounds(batches: readonly JobBatch[]): number {
  return new Set(batches.map(({ part, round }) => `${part}/${round}`)).size;
}

function lacksCredit({ response }: Line): boolean {
  return JSON.stringify(response?.body ?? "").includes("insufficient_quota");
}

/** A batch that was refused counts as a try, unless it never got into the queue. */
function isVoid({ wire: { status, errors } }: JobBatch): boolean {
  const isRefused = errors?.data?.some(({ code }) => code === "internal_error");
  return status === "failed" && !isRefused;
}

/** The requests because of which it was refused. */
function namedIn({ wire: { errors }, ids }: JobBatch): string[] {
  const all = [...ids];
  return (errors?.data ?? []).flatMap(({ line }) => all[(line ?? 0) - 1] ?? []);
}

/** A 200 with nothing in it. */
function isHollow({ response }: Line): boolean {
  return Object.keys(response?.body ?? {}).length === 0;
}

function outputOf({ response }: Line): string {
  // deno-lint-ignore no-explicit-any
  return String((response?.body as any)?.choices?.[0]?.message?.content);
}

function tokensOf({ response }: Line): number {
  const usage = response?.body?.usage as { total_tokens?: number } | undefined;
  return usage?.total_tokens ?? 0;
}
