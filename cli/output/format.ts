/**
 * Rows as text: CSV, TSV, JSON lines, a JSON array.
 *
 * @module
 */

import type { Endpoint, Result } from "../../mod.ts";
import { UsageError } from "../messages/errors.ts";
import { JSONL, TEXT } from "./result_lines.ts";
import { stringify } from "./json.ts";
import { textOf } from "../prompt/template.ts";
import type { Columns } from "./table_columns.ts";
import { formulaQuoted } from "./formula.ts";

/** The formats of outputs. */
export type OutputFormat = "csv" | "tsv" | "jsonl" | "json" | "text";

/** How rows are written. */
export interface RowFormat {
  /** Before all rows. */
  header: string;
  /** Between two of them. */
  separator: string;
  /** After all rows. */
  footer: string;
  /** How each row ends. */
  end: string;
  /**
   * @param result A result.
   * @param row The number of its row.
   * @returns The row with its end; undefined if the format has none for it.
   */
  write(result: Result<Endpoint>, row: number): string | undefined;
}

/**
 * @param format The format.
 * @param columns The columns.
 * @param how How fields are written.
 * @param how.delimiter Separates the fields of CSV.
 * @param how.safe Whether formulas of the input are quoted too.
 * @returns How rows are written.
 * @throws {UsageError} If two columns have the same name, which a JSON object can't have.
 */
export function rowFormatOf(
  format: OutputFormat,
  columns: Columns,
  { delimiter, safe }: { delimiter: string; safe: boolean },
): RowFormat {
  switch (format) {
    case "csv":
      return delimited(columns, delimiter, "\r\n", safe);
    case "tsv":
      return delimited(columns, "\t", "\n", safe);
    case "text":
      return {
        ...PLAIN,
        end: "\n",
        write: (result) => TEXT.write(result, undefined),
      };
    case "jsonl":
      return { ...PLAIN, end: "\n", write: jsonWriter(columns, "\n") };
    case "json":
      return { ...ARRAY, write: jsonWriter(columns, "") };
  }
}

/**
 * @returns A JSON array of results, for inputs without columns.
 */
export function resultArray(): RowFormat {
  return {
    ...ARRAY,
    write: (result) => JSONL.write(result, undefined)?.trimEnd(),
  };
}

const PLAIN = { header: "", separator: "", footer: "" };
const ARRAY = { header: "[\n", separator: ",\n", footer: "\n]\n", end: "}" };

function delimited(
  columns: Columns,
  delimiter: string,
  end: string,
  safe: boolean,
): RowFormat {
  const special = new RegExp(
    `["\r\n${delimiter === "|" ? "\\|" : delimiter}]|^\uFEFF`,
  );
  const quote = (text: string) =>
    special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const fieldOf = (value: unknown, isSafe: boolean) => {
    const text = textOf(value);
    return quote(
      isSafe && typeof value === "string" ? formulaQuoted(text) : text,
    );
  };
  const line = (fields: string[]) => fields.join(delimiter) + end;
  return {
    ...PLAIN,
    header: line([...columns.own, ...columns.added].map(quote)),
    end,
    write: (result, row) =>
      line([
        ...columns.ownValues(row).map((value) => fieldOf(value, safe)),
        ...columns.addedValues(result).map((value) => fieldOf(value, true)),
      ]),
  };
}

function jsonWriter(columns: Columns, end: string): RowFormat["write"] {
  const { own, added } = columns;
  const twice = own.find((name, i) => own.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new UsageError(
      `The input has two columns called ${
        JSON.stringify(twice)
      }, which JSON can't express: write csv or tsv`,
    );
  }
  return (result, row) => {
    const values = columns.addedValues(result);
    const ours = stringify(
      Object.fromEntries(values.map((value, i) => [added[i], value])),
    );
    const theirs = columns.ownJson(row).trimEnd().slice(0, -1).trimEnd();
    const separator = theirs === "{" ? "" : ",";
    return `${theirs}${separator}${ours.slice(1)}${end}`;
  };
}
