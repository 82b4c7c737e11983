/**
 * What `try` shows: a few rows with their answers, and the lanes.
 *
 * @module
 */

import {
  costOf,
  type Endpoint,
  type Price,
  type PricedLane,
  type Range,
  type Result,
  type SampleEstimate,
} from "../../mod.ts";
import { printableLine } from "../../src/printable.ts";
import { textOf } from "../../src/requests/text_of.ts";
import { count, dollars } from "../messages/figures.ts";
import type { Input } from "../input/input.ts";
import { type Column, drawTable } from "../terminal/print_table.ts";
import { wrap } from "../terminal/wrap.ts";

/** The most characters shown of an input or an answer, even if lines may be of any length. */
const LONGEST = 2_000;
const LEAST = 12;
/** How many failures are shown with their reasons. */
const MOST_REASONS = 5;

/** What the table of answers is made with. */
export interface AnswersContext {
  /** Has the rows. */
  input: Input;
  /** The prompt: the columns that it names are shown. */
  prompt: string | undefined;
  /** Whether --id names a column with the ids. */
  namesRows: boolean;
  /** Columns of the terminal; undefined if lines may be of any length. */
  width: number | undefined;
  /** Own prices. */
  prices: Record<string, Price | string> | undefined;
}

/**
 * @param results The results of the rows that were sent.
 * @param context What the table is made with.
 * @returns A line for each row, with heads.
 */
export function answersTable(
  results: readonly Result<Endpoint>[],
  { input, prompt, width, prices, namesRows }: AnswersContext,
): string[] {
  const fields = input.answers?.fields;
  const columns: Column[] = [
    { title: "ID", least: 6 },
    { title: "ROW", least: LEAST },
    ...(fields ?? ["ANSWER"]).map((title) => ({
      title,
      least: Math.max(LEAST - 3 * (fields?.length ?? 0), 6),
    })),
    { title: "IN+OUT", isNumber: true },
    { title: "COST", isNumber: true },
  ];
  const rows = results.map((result) => {
    const { id, usage, model, lane } = result;
    const cost = usage && costOf(usage, model ?? "", { lane, prices });
    return [
      id,
      shownRow(input, id, prompt),
      ...answerOf(result, fields),
      usage ? `${count(usage.input_tokens)}+${count(usage.output_tokens)}` : "",
      cost === undefined ? "" : dollars(cost),
    ].map((text) => text.slice(0, LONGEST));
  });
  const reasons = results.flatMap(({ id, error }) =>
    error
      ? [`${id} failed: ${printableLine(`${error.code}: ${error.message}`)}`]
      : []
  );
  const shown = reasons.slice(0, MOST_REASONS);
  const id = namesRows ? undefined : idColumn(input);
  return [
    ...drawTable(columns, rows, width),
    ...(id === undefined
      ? []
      : [`ID counts rows from 0; --id ${id} takes the column of the table`]),
    ...(shown.length > 0 ? ["", ...shown] : []),
    ...(reasons.length > shown.length
      ? [`… and ${reasons.length - shown.length} more`]
      : []),
  ];
}

/** A column that looks as if it had the ids. */
function idColumn({ table }: Input): string | undefined {
  if (table.format === "requests") return undefined;
  return table.columns.find((name) => /^id$/i.test(name));
}

/** The values of a row that the prompt names, or the texts of a request. */
function shownRow(
  input: Input,
  id: string,
  prompt: string | undefined,
): string {
  const { table } = input;
  const index = input.rowOf(id);
  if (index === undefined) return "";
  const row = table.row(index);
  if (table.format === "requests") return textOfRequest(row.record);
  const used = table.columns.filter((name) => prompt?.includes(`{${name}}`));
  const values = used.length > 0
    ? used.map((name) => table.valueOf(row, name))
    : row.values;
  return values.map(shown).filter(Boolean).join(" | ");
}

function textOfRequest(request: unknown): string {
  if (typeof request !== "object" || request === null) return `${request}`;
  const { body = request } = request as { body?: object };
  const { content, messages = content ?? request } = body as {
    content?: unknown;
    messages?: unknown;
  };
  return textOf({ ...body, messages });
}

function answerOf(
  result: Result<Endpoint>,
  fields: readonly string[] | undefined,
): string[] {
  const empty = fields?.slice(1).map(() => "") ?? [];
  if (!result.ok) {
    return ["failed", ...empty];
  }
  if (!fields) return [shown(result.output)];
  const values = parse(result.output);
  return fields.map((field) =>
    Object.hasOwn(values, field) ? shown(values[field]) : ""
  );
}

function parse(text: unknown): Record<string, unknown> {
  try {
    return Object(JSON.parse(`${text}`));
  } catch {
    return {};
  }
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const WHEN: Readonly<Record<PricedLane, string>> = {
  batch: "within 24 hours (run)",
  "8h": "within 8 hours (direct --lane 8h)",
  "2h": "within 2 hours (direct --lane 2h)",
  flex: "when there is room (direct --lane flex)",
  standard: "at once (direct)",
  priority: "sooner (direct --lane priority)",
  ultrafast: "sooner still",
};

/**
 * @param estimate What all rows will cost.
 * @param asked What that is known from.
 * @param width Columns of the terminal; undefined if lines may be of any length.
 * @returns A line for each lane that has a price.
 */
export function lanesTable(
  { lanes, text }: SampleEstimate,
  asked: string,
  width: number | undefined,
): string[] {
  const rows = Object.entries(lanes).flatMap(([lane, range]) =>
    range ? [[lane, ...textsOf(range), WHEN[lane as PricedLane]]] : []
  );
  if (rows.length === 0) return [`${asked}. What all will cost is ${text}`];
  const columns = [
    { title: "LANE" },
    { title: "FROM", isNumber: true },
    { title: "TO", isNumber: true },
    { title: "WHEN", least: 6 },
  ];
  return [
    wrap(
      `${asked}. From their tokens, all of them will cost:`,
      (width ?? Infinity) - 1,
    ),
    ...drawTable(columns, rows, width),
  ];
}

function textsOf({ low, high }: Range): string[] {
  return [dollars(low), dollars(high)];
}
