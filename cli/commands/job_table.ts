/**
 * All jobs as a table.
 *
 * @module
 */

import type { JobStatus, ListedJob, WaitingFor } from "../../mod.ts";
import { added, costParts } from "../../src/pricing/cost.ts";
import { type Price, tariffOf } from "../../src/pricing/price.ts";
import { describeDuration, describeWait } from "../../src/progress/mod.ts";
import { dollars } from "../messages/figures.ts";
import { type Column, drawTable, tabbed } from "../terminal/print_table.ts";
import { wrap } from "../terminal/wrap.ts";

const COLUMNS: readonly Column[] = [
  { title: "JOB" },
  { title: "AGE", isNumber: true, unit: "old" },
  { title: "ANSWERED", isNumber: true, unit: "answered" },
  { title: "FAILED", isNumber: true, unit: "failed" },
  { title: "COST", isNumber: true },
  { title: "STATE", least: 16 },
];

const NOTHING_RUNS = "no batch is running";

/** Between two batches that is so of a job that is well, too. */
export const IDLE_NOTE =
  "A job of which no batch is running is continued by its own run or watch. If none is alive any more: openai-batch watch";

/** What the table is made with. */
export interface TableContext {
  /** Milliseconds since the epoch. */
  now: number;
  /** Columns of the terminal; undefined for programs, which get tabs. */
  width: number | undefined;
  /** Own prices. */
  prices: Record<string, Price | string> | undefined;
}

/**
 * @param jobs The jobs.
 * @param context What the table is made with.
 * @returns The lines, with heads or in pairs for people, with tabs for programs.
 */
export function jobTable(
  jobs: readonly ListedJob[],
  { now, width, prices }: TableContext,
): string[] {
  if (width === undefined) {
    return tabbed(jobs.map((job) => {
      const { total, succeeded, failed } = job.requests;
      const counts = [succeeded, failed, total].map(String);
      const created = job.createdAt.toISOString();
      const cost = costOf(job, prices)?.toFixed(6) ?? "";
      return [job.id, created, ...counts, cost, stateOf(job, now)];
    }));
  }
  const rows = jobs.map((job) => {
    const { total, succeeded, failed } = job.requests;
    const cost = costOf(job, prices);
    return [
      job.id,
      describeAge(now - +job.createdAt),
      `${succeeded}/${total}`,
      failed > 0 ? `${failed}` : "",
      cost === undefined ? "" : dollars(cost),
      stateOf(job, now),
    ];
  });
  const isIdle = rows.some((row) => row.at(-1) === NOTHING_RUNS);
  const note = isIdle ? wrap(`${IDLE_NOTE} JOB`, width - 1).split("\n") : [];
  return [...drawTable(COLUMNS, rows, width), ...note];
}

/**
 * @param status The state of a job.
 * @returns Whether nothing of it is running or waited for, so that a process has to continue it.
 */
export function isIdle(
  { done, stopped, activeBatches, waitingFor }: JobStatus,
): boolean {
  if (done || stopped || activeBatches > 0) return false;
  return describeWait(ofJob(waitingFor), 0) === undefined;
}

/**
 * What a job has cost so far, by the usage of its batches.
 *
 * @param job A job, with its batches.
 * @param prices Own prices.
 * @returns USD; undefined where no batch says what it used, or a price is not known.
 */
export function costOf(
  { batches }: Pick<ListedJob, "batches">,
  prices: Record<string, Price | string> | undefined,
): number | undefined {
  let sum: number | undefined;
  for (const { usage, model } of batches) {
    if (!usage || (sum === undefined && usage.total_tokens === 0)) continue;
    // A sum over many answers would pass for one long prompt.
    const parts = costParts(
      usage,
      tariffOf(model ?? "", prices),
      "batch",
      false,
    );
    const cost = added(parts);
    if (cost === undefined) return undefined;
    sum = (sum ?? 0) + cost;
  }
  return sum;
}

function stateOf(job: ListedJob, now: number): string {
  const { done, stopped, activeBatches, waitingFor, cleaned } = job;
  if (cleaned) return "cleaned";
  if (stopped?.code === "insufficient_quota") return "no credit left";
  if (stopped?.code === "input_incomplete") return "input incomplete";
  if (stopped) return stopped.code;
  if (done) return "done";
  const wait = describeWait(ofJob(waitingFor), now);
  if (wait !== undefined) return wait;
  if (activeBatches === 0) return NOTHING_RUNS;
  return activeBatches === 1
    ? "1 batch is running"
    : `${activeBatches} batches are running`;
}

/**
 * @param waiting What is being waited for, according to the library.
 * @returns The same if the job waits for it; undefined if only a process that continues the job would.
 */
export function ofJob(
  waiting: WaitingFor | undefined,
): WaitingFor | undefined {
  const isOfProcess = waiting?.reason === "lists" ||
    waiting?.reason === "claim";
  return isOfProcess ? undefined : waiting;
}

const DAY = 86_400_000;

/**
 * @param ms How old a job is.
 * @returns Its age in one figure.
 */
export function describeAge(ms: number): string {
  return ms < 2 * DAY
    ? describeDuration(Math.max(0, ms))
    : `${Math.floor(ms / DAY)} d`;
}
