/**
 * When the batches of a job ran: a row for each, and the share of requests
 * that were answered as time went on.
 *
 * @module
 */

import { endOf, millisecondsOf, statusOf } from "../job/state/batch.ts";
import type { JobBatch } from "../results/run.ts";
import type { Batch } from "../types/batch.ts";
import { count, duration, moment } from "./_format.ts";
import { type Html, html, section } from "./_html.ts";
import { table } from "./_table.ts";

/** How many rows are drawn: a page with thousands is useless. */
const MOST_ROWS = 40;

/** One step of a batch's life, ms since the epoch. */
interface Phase {
  name: typeof PHASES[number];
  from: number;
  to: number;
}

/** A batch on the time axis. */
export interface Span {
  batch: JobBatch;
  from: number;
  to: number;
  phases: Phase[];
}

/**
 * @param now Until when those are drawn that still run, ms since the epoch.
 * @returns Them on the time axis, the oldest first; without a date, one can't be drawn.
 */
export function spansOf(batches: readonly JobBatch[], now: number): Span[] {
  return batches.flatMap((batch) => {
    const from = millisecondsOf(batch.created_at);
    if (from === undefined) return [];
    const to = Math.max(from, endOf(batch) ?? now);
    return { batch, from, to, phases: phasesOf(batch, from, to) };
  }).sort((a, b) => a.from - b.from || a.batch.part - b.batch.part);
}

function phasesOf(batch: JobBatch, from: number, to: number): Phase[] {
  if (isRefused(batch)) return [{ name: "refused", from, to }];
  const within = (time: unknown) =>
    Math.min(to, Math.max(from, millisecondsOf(time) ?? to));
  const runs = within(batch.in_progress_at);
  const finalizes = Math.max(runs, within(batch.finalizing_at));
  const phases: Phase[] = [
    { name: "validating", from, to: runs },
    { name: "running", from: runs, to: finalizes },
    { name: "finalizing", from: finalizes, to },
  ];
  return phases.filter(({ from, to }) => to > from);
}

function isRefused(batch: Batch): boolean {
  return statusOf(batch) === "failed";
}

/** @returns A row for each, or for some of them. */
export function timeline(
  spans: readonly Span[],
  byBatch: ReadonlyMap<string, number>,
): Html | undefined {
  const [first] = spans;
  if (!first) return undefined;
  const start = first.from;
  const end = Math.max(start + 1, ...spans.map(({ to }) => to));
  const rows = sample(spans).map((span) => {
    const { batch, from, to } = span;
    const status = isRefused(batch) ? "refused" : statusOf(batch).slice(0, 40);
    const answers = count(byBatch.get(batch.id) ?? 0);
    const place = [count(batch.part + 1), count(batch.round + 1)];
    const took = duration(to - from);
    return [...place, status, answers, took, bar(span, start, end)];
  });
  const note = spans.length > MOST_ROWS
    ? ` ${MOST_ROWS} of ${count(spans.length)} are shown, evenly spread.`
    : "";
  const caption = `From ${moment(start)} to ${moment(end)}.${note}`;
  const keys = ["validating", "in progress", "finalizing", "refused"]
    .map((name, i) =>
      html`
        <span><i class="${PHASES[i]}"></i>${name}</span>
      `
    );
  return section(
    "Batches",
    html`<p class="legend" aria-hidden="true">${keys}</p>`,
    table(caption, COLUMNS, rows),
  );
}

const PHASES = ["validating", "running", "finalizing", "refused"] as const;

const COLUMNS = [
  { name: "Part", kind: "n" },
  { name: "Round", kind: "n" },
  { name: "Status" },
  { name: "Answers", kind: "n" },
  { name: "Took", kind: "n most" },
  { name: "Time", kind: "bar" },
];

function sample(spans: readonly Span[]): Span[] {
  const rows = Math.min(spans.length, MOST_ROWS);
  return Array.from(
    { length: rows },
    (_, i) => spans[Math.floor(i * spans.length / rows)] as Span,
  );
}

function bar({ phases }: Span, start: number, end: number): Html {
  const x = (time: number) => 1_000 * (time - start) / (end - start);
  const bars = phases.map(({ name, from, to }) => {
    const width = Math.max(3, x(to) - x(from)).toFixed(1);
    return html`
      <rect class="${name}" x="${x(from).toFixed(
        1,
      )}" width="${width}" height="10" />
    `;
  });
  return html`
    <svg viewBox="0 0 1000 10" preserveAspectRatio="none"
      aria-hidden="true">${bars}</svg>
  `;
}

/** @returns How the share of results grew, drawn and in words; undefined where no batch gave any. */
export function answeredOverTime(
  spans: readonly Span[],
  byBatch: ReadonlyMap<string, number>,
): Html | undefined {
  const ended = spans.map(({ to, batch }) => ({
    to,
    results: byBatch.get(batch.id) ?? 0,
  })).filter(({ results }) => results > 0).sort((a, b) => a.to - b.to);
  const all = ended.reduce((sum, { results }) => sum + results, 0);
  const [first] = spans;
  const last = ended.at(-1);
  if (!first || !last) return undefined;
  const length = Math.max(1, last.to - first.from);
  const steps = new Map<number, number>();
  let sum = 0;
  for (const { to, results } of ended) {
    sum += results;
    steps.set(Math.round(600 * (to - first.from) / length), sum);
  }
  const line = [...steps].map(([x, sum]) => `H${x}V${y(sum, all)}`).join("");
  const after = (share: number) => {
    let reached = 0;
    for (const { to, results } of ended) {
      reached += results;
      if (reached >= share * all) return duration(to - first.from);
    }
    return duration(length);
  };
  const words = `Half of the results were there after ${
    after(0.5)
  }, 90 % after ${after(0.9)}, the last after ${duration(length)}.`;
  const grid = [10, 65, 120].map((y) =>
    html`
      <line x1="0" x2="600" y1="${y}" y2="${y}" />
    `
  );
  const label = `Share of results over time: ${words}`;
  return section(
    "Time to answer",
    html`<p>${words}</p>`,
    html`
      <svg class="curve" viewBox="0 0 600 120" role="img"
        aria-label="${label}"><path d="M0 120${line}H600V120Z"/>${grid}</svg>
    `,
    html`<p class="axis" aria-hidden="true"><span>0</span><span>${
      duration(length)
    }</span></p>`,
  );
}

function y(sum: number, all: number): string {
  return (120 - 110 * sum / all).toFixed(1);
}

/** @returns In words, how many there were and what for. */
export function batchesInWords(batches: readonly JobBatch[]): string {
  const refused = batches.filter(isRefused).length;
  const ran = batches.filter((batch) => !isRefused(batch));
  const later = ran.filter(({ round }) => round > 0).length;
  const parts = new Set(batches.map(({ part }) => part)).size;
  const words = `${plural(ran.length, "batch", "batches")} in ${
    plural(parts, "part", "parts")
  }`;
  const again = later > 0
    ? `, ${count(later)} of them to retry what others left open`
    : "";
  return `${words}${again}${refused ? `; ${count(refused)} refused` : ""}.`;
}

function plural(number: number, one: string, many: string): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
