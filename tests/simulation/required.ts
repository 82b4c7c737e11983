/**
 * What the seeds must have met, and the table that shows it.
 *
 * @module
 */

import type { Coverage } from "./coverage.ts";
import { FAULTS } from "./faults.ts";
import { CALLS } from "./route.ts";

/** Seeds on which the required counts are based. */
const SEEDS = 10_000;

/** Of each call with each fault. */
const FAULTS_REQUIRED = 50;

/** Of each of these. */
const EVENTS_REQUIRED = 500;

const EVENTS: readonly string[] = [
  "status: completed",
  "status: failed",
  "status: expired",
  "status: cancelled",
  "list lag below settleTime",
  "list lag above settleTime",
  "crash",
  "crash between a create's effect and its answer",
  "two live processes",
  "quota",
  "cancel",
  "deadline",
  "slices",
  "answer: flat",
  "answer: listed",
  "answer: text",
  "answer: numbered",
  "answer: worded",
  "answer: unknown",
  "answer: hollow",
  "answer: errors first",
  "answer: string bodies",
  "batch error: internal_error",
  "batch error: billing_hard_limit_reached",
  "batch error: missing_required_parameter",
];

/** What a server's answers are not to be trusted in; each so often. */
const ODD_REQUIRED = 50;

const ODD: readonly string[] = [
  "lines named, then slices",
  "overlapping slices",
  "queue shared with others",
  "page too long",
  "cursor ignored",
  "cursor repeated",
  "cursor deleted",
  "list frozen",
  "list without files",
  "batch not known yet",
  "410",
  "wrong date",
  "wrong date and late files",
  "follow-up of late files",
  "follow-up of late files cancelled",
  "errors as list",
  "errors as entry",
  "foreign file names",
  "input written anew",
  "login page as input",
  "bytes of a result file wrong",
  "other metadata",
];

/** Prints the counts. */
export function table(coverage: Coverage): string {
  const width = Math.max(...FAULTS.map((fault) => fault.length));
  const heads = CALLS.map((call) =>
    call.replace("batches", "b").replace("files", "f")
  );
  const rows = FAULTS.map((fault) =>
    [
      fault.padEnd(width),
      ...CALLS.map((call, i) =>
        `${coverage.of(`${call}: ${fault}`)}`.padStart(heads[i]!.length)
      ),
    ].join("  ")
  );
  const others = [...coverage.counts]
    .filter(([name]) => !CALLS.some((call) => name.startsWith(`${call}:`)))
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, count]) => `${`${count}`.padStart(8)}  ${name}`);
  const head = [" ".repeat(width), ...heads].join("  ");
  return [head, ...rows, "", ...others, ""].join("\n");
}

/** What was met too rarely, for that many seeds. */
export function missing(coverage: Coverage, seeds: number): string[] {
  const cells = CALLS.flatMap((call) =>
    FAULTS.map((fault) => [`${call}: ${fault}`, FAULTS_REQUIRED] as const)
  );
  const events = EVENTS.map((name) => [name, EVENTS_REQUIRED] as const);
  const odd = ODD.map((name) => [name, ODD_REQUIRED] as const);
  return [...cells, ...events, ...odd].flatMap(([name, required]) => {
    const wanted = Math.floor(required * seeds / SEEDS);
    const count = coverage.of(name);
    return count < wanted ? [`${name} (${count} of ${wanted})`] : [];
  });
}
