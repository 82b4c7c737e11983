/**
 * Opens the place for answers, in the right format.
 *
 * @module
 */

import { extname } from "node:path";
import type { Call } from "../commands/command.ts";
import { UsageError } from "../messages/errors.ts";
import type { Flags } from "../flags/flags.ts";
import {
  CSV,
  type Format,
  JSONL,
  JSONL_WITH_BODY,
  TEXT,
  TSV,
} from "./result_lines.ts";
import type { Input } from "../input/input.ts";
import { openPrinter } from "./printer.ts";
import { openSink, printTo, type Sink } from "./sink.ts";
import { BY_ENDING } from "../table/format.ts";
import { Columns } from "./table_columns.ts";
import { openRowFile } from "./row_file.ts";
import {
  type OutputFormat,
  resultArray,
  type RowFormat,
  rowFormatOf,
} from "./format.ts";
import { printRows } from "./print_rows.ts";

/**
 * Opens the output. For rows it gets their columns and the answers; for requests,
 * which have no columns, the results.
 *
 * @param call The command.
 * @param job The results' job; undefined for direct requests.
 * @param input What was sent; undefined if that isn't known.
 * @returns Takes results.
 * @throws {UsageError} If the file has something else in it, or another process is writing it.
 */
export async function openOutput(
  call: Call,
  job: string | undefined,
  input: Input | undefined,
): Promise<Sink> {
  const { flags, io } = call;
  const { output, ordered, body } = flags;
  const name = formatNameOf(flags);
  if (body && (name !== "jsonl" || (input && hasRows(input, name)))) {
    throw new UsageError(
      "--body needs results as jsonl, not rows of a table: leave it out",
    );
  }
  const format = input && rowsAs(name, input, flags);
  if (!input || !format) {
    if (ordered) {
      throw new UsageError("--ordered needs rows of a table: leave it out");
    }
    const options = { format: resultsAs(name, body), job };
    return output === undefined
      ? printTo(io.stdout, options)
      : await openSink(output, options, call);
  }
  const printer = output === undefined
    ? { output: io.stdout, close: () => {} }
    : await openPrinter(output, call);
  if (!printer) {
    return openRowFile(output!, {
      format,
      formatName: name,
      job,
      input,
      isOrdered: ordered ?? false,
    });
  }
  if (ordered) throw new UsageError("--ordered needs a file: --output FILE");
  return { ...printRows(printer.output, format, input), close: printer.close };
}

function formatNameOf({ format, output = "" }: Flags): OutputFormat {
  return format ?? BY_ENDING.get(extname(output).toLowerCase()) ?? "jsonl";
}

/** Lines of text have no column names, so as JSON they come out as results. */
function hasRows({ table }: Input, name: OutputFormat): boolean {
  if (table.format === "requests") return false;
  return table.format !== "text" || name === "csv" || name === "tsv";
}

/** How rows are written; undefined if results are, one by one. */
function rowsAs(
  name: OutputFormat,
  input: Input,
  { safe = false }: Flags,
): RowFormat | undefined {
  const { delimiter = "," } = input.table;
  const how = { delimiter: delimiter === "\t" ? "," : delimiter, safe };
  if (hasRows(input, name) || name === "text") {
    return rowFormatOf(name, new Columns(input), how);
  }
  return name === "json" ? resultArray() : undefined;
}

function resultsAs(name: OutputFormat, body: boolean | undefined): Format {
  switch (name) {
    case "csv":
      return CSV;
    case "tsv":
      return TSV;
    case "text":
      return TEXT;
    case "json":
      throw new UsageError(
        "A JSON array can't be continued without the input: write .jsonl",
      );
    case "jsonl":
      return body ? JSONL_WITH_BODY : JSONL;
  }
}
