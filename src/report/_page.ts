/**
 * The page itself: its sections, from the most important figures to the answers.
 *
 * @module
 */

import type { UsageReport } from "../pricing/mod.ts";
import type { JobStatus } from "../progress/job_status.ts";
import type { JobBatch } from "../results/run.ts";
import {
  answeredOverTime,
  batchesInWords,
  spansOf,
  timeline,
} from "./_batches.ts";
import type { Excerpt, Facts, FailureKind, Tokens } from "./_facts.ts";
import { count, dollars, moment, percent } from "./_format.ts";
import { foreign, Html, html, section } from "./_html.ts";
import { STYLE } from "./_style.ts";
import { table } from "./_table.ts";

/** Everything on a page. */
export interface PageData {
  /** Its heading. */
  title: string;
  /** The counted results. */
  facts: Facts;
  /** The job's batches. */
  batches: readonly JobBatch[];
  /** Tokens and cost. */
  usage: UsageReport;
  /** Where the job stands, if it isn't done yet. */
  status: JobStatus | undefined;
  /** When the page is made, ms since the epoch. */
  now: number;
}

/** Rows of the cost table: the names of models come from the server. */
const MOST_ROWS = 40;
const LONGEST_NAME = 200;

/** No script, no image, nothing from elsewhere: whatever an answer contains, it does nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

export function page(data: PageData): string {
  const { title, facts, batches, usage, now } = data;
  const spans = spansOf(batches, now);
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${POLICY}">
        <meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark">
        <title>${title}</title>
        <style>${new Html(
          STYLE,
        )}</style>
      </head>
      <body>
        <header><h1>${foreign(title)}</h1><p class="soft">${moment(
          now,
        )}. ${batchesInWords(batches)}</p>${state(data.status)}</header>
        <main>${tiles(data)}${failures(facts.failures, facts)}${costs(
          usage,
        )}${timeline(spans, facts.byBatch)}${answeredOverTime(
          spans,
          facts.byBatch,
        )}${tokens(facts)}${answers(facts.answers)}</main>
      </body>
    </html>
  `.text.trim();
}

function state(status: JobStatus | undefined): Html | undefined {
  if (!status || status.done) return undefined;
  const { open } = status.requests;
  const why = status.stopped?.message ?? status.waitingFor?.message;
  return html`<p><strong>Not done yet:</strong> ${
    count(open)
  } requests are open.${
    why
      ? html`
        ${foreign(why)}
      `
      : undefined
  }</p>`;
}

function tiles({ facts, usage }: PageData): Html {
  const { succeeded, failed, repeated, cut } = facts;
  const all = succeeded + failed;
  const tile = (name: string, value: string, kind = "") =>
    html`
      <div>
        <dt>${name}</dt>
        <dd class="${kind}">${value}</dd>
      </div>
    `;
  const width = (part: number) => all === 0 ? 0 : 100 * part / all;
  return html`
    <section aria-label="Summary">
      <dl class="tiles">${[
        tile("Requests", count(all)),
        tile("Answered", percent(succeeded, all), "good"),
        tile("Failed", count(failed), failed ? "bad" : ""),
        tile("Cost", dollars(usage.cost)),
        tile("Saved", dollars(usage.saving)),
        tile("Tried more than once", count(repeated)),
        tile("Cut off by their token limit", count(cut)),
      ]}</dl>
      <div class="share"
        aria-hidden="true"><i style="width:${width(succeeded).toFixed(
          3,
        )}%"></i><i style="width:${width(failed).toFixed(3)}%"></i></div>
    </section>
  `;
}

function failures(
  kinds: readonly FailureKind[],
  { failed }: Facts,
): Html | undefined {
  if (failed === 0) return undefined;
  const rows = kinds.map(({ code, count: number, examples }) => [
    foreign(code),
    count(number),
    percent(number, failed),
    examples.map(({ id, text, more }) =>
      html`<div>${foreign(id)}: ${foreign(text, more)}</div>`
    ),
  ]);
  const columns = [
    { name: "Code" },
    { name: "Requests", kind: "n" },
    { name: "Share", kind: "n most" },
    { name: "Examples" },
  ];
  return section("Failures", table(undefined, columns, rows));
}

function costs({ models, ...total }: UsageReport): Html | undefined {
  if (models.length === 0) return undefined;
  const requests = models.reduce((sum, row) => sum + row.requests, 0);
  const rows = models.slice(0, MOST_ROWS).map((row) => [
    foreign(row.model.slice(0, LONGEST_NAME)),
    foreign(row.lane.slice(0, LONGEST_NAME)),
    ...amounts(row.requests, row),
  ]);
  rows.push([html`<b>Total</b>`, undefined, ...amounts(requests, total)]);
  const columns = [
    { name: "Model" },
    { name: "Lane" },
    ...["Answers", "Input tokens", "Output tokens", "Cost", "Standard", "Saved"]
      .map((name) => ({ name, kind: "n" })),
  ];
  const cut = models.length > MOST_ROWS
    ? ` The first ${MOST_ROWS} of ${count(models.length)} rows are shown.`
    : "";
  return section(
    "Cost",
    html`
      <p
        class="soft">Every paid attempt is included. Standard is what the same tokens cost without a batch.${cut}</p>
    `,
    table(undefined, columns, rows),
  );
}

function amounts(
  requests: number,
  row: Omit<UsageReport, "models">,
): (Html | string | undefined)[] {
  return [
    count(requests),
    count(row.input_tokens),
    count(row.output_tokens),
    dollars(row.cost),
    dollars(row.standardCost),
    dollars(row.saving),
  ];
}

function tokens({ input, output }: Facts): Html | undefined {
  if (input.requests === 0) return undefined;
  return section(
    "Tokens per request",
    histogram("Input", input),
    output.sum > 0 ? histogram("Output", output) : undefined,
  );
}

function histogram(name: string, { buckets, sum, requests }: Tokens): Html {
  const most = Math.max(...buckets);
  const rows = buckets.flatMap((number, bucket) => {
    if (number === 0) return [];
    const [from, to] = bucket === 0
      ? [0, 0]
      : [2 ** (bucket - 1), 2 ** bucket - 1];
    const range = from === to ? count(to) : `${count(from)}–${count(to)}`;
    return [[range, count(number), bar(number / most)]];
  });
  const columns = [
    { name: "Tokens", kind: "n" },
    { name: "Requests", kind: "n" },
    { name: "Share", kind: "bar" },
  ];
  const mean = count(Math.round(sum / requests));
  return table(`${name}: ${mean} on average`, columns, rows);
}

function bar(share: number): Html {
  const width = (100 * share).toFixed(1);
  return html`
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="running" width="${width}" height="10" />
    </svg>
  `;
}

function answers(list: readonly Excerpt[]): Html | undefined {
  if (list.length === 0) return undefined;
  const items = list.map(({ id, text, more }) =>
    html`
      <article>
        <h3>${foreign(id)}</h3>
        <pre>${foreign(text, more)}</pre>
      </article>
    `
  );
  return section("The first answers", items);
}
