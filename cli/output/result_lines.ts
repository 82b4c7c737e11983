/**
 * Results as lines of JSONL, CSV or text, and back.
 *
 * @module
 */

import type { Endpoint, Result } from "../../mod.ts";
import { stringify } from "./json.ts";
import { formulaQuoted, formulaUnquoted } from "./formula.ts";
import { CsvSplitter } from "../table/csv.ts";

/** What a line of an output says about itself. */
export interface Written {
  /** The request's id. */
  id: string;
  /** Whether it was answered. */
  ok: boolean;
  /** The job; undefined for direct requests. */
  job: string | undefined;
}

/** How results are written. */
export interface Format {
  /** The first line, if there is one. */
  header: string;
  /** How a file begins. */
  start: string;
  /** A result as a line, with its end; undefined if the format has none for it. */
  write(result: Result<Endpoint>, job: string | undefined): string | undefined;
  /** What a line says; undefined if it isn't in this format. */
  read?(line: string): Written | undefined;
}

/** One JSON object per line. */
export const JSONL: Format = jsonl(false);
/** The same with the whole bodies of the responses. */
export const JSONL_WITH_BODY: Format = jsonl(true);

const COLUMNS = [
  "id",
  "ok",
  "output",
  "finish_reason",
  "error_code",
  "error_message",
  "job",
];

/** RFC 4180, with a header. No answer becomes a formula in a spreadsheet. */
export const CSV: Format = delimited(",");
/** The same with tabs. */
export const TSV: Format = delimited("\t");

function delimited(delimiter: "," | "\t"): Format {
  const header = `${COLUMNS.join(delimiter)}\r\n`;
  return {
    header,
    start: header,
    write(result, job) {
      const { id, ok, error } = result;
      const answer = ok
        ? [textOf(result.output), result.finishReason]
        : ["", ""];
      const fields = [id, ok, ...answer, error?.code, error?.message, job];
      return `${fields.map(quote).join(delimiter)}\r\n`;
    },
    read(line) {
      const fields = readFields(line, delimiter);
      const [id, ok, , , , , job] = fields.map(formulaUnquoted);
      if (id === undefined || fields.length !== COLUMNS.length) {
        return undefined;
      }
      return { id, ok: ok === "true", job: job || undefined };
    },
  };
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Id, tab, answer; failures have no line. */
export const TEXT: Format = {
  header: "",
  start: "",
  write: ({ id, ok, output }) =>
    ok ? `${escape(id)}\t${escape(textOf(output))}\n` : undefined,
};

function jsonl(withBody: boolean): Format {
  return {
    header: "",
    start: '{"id":"',
    write(result, job) {
      const { id, ok, attempts, model, batchId, requestId, usage } = result;
      const about = { attempts, model, batchId, requestId, usage, job };
      const answer = ok
        ? {
          output: result.output,
          ...(result.outputs.length > 1 ? { outputs: result.outputs } : {}),
          finishReason: result.finishReason,
        }
        : { error: result.error, output: result.output };
      const body = withBody ? { body: result.body } : {};
      return `${stringify({ id, ok, ...answer, ...about, ...body })}\n`;
    },
    read(line) {
      const { id, ok, job } = parseObject(line);
      if (typeof id !== "string" || typeof ok !== "boolean") return undefined;
      return { id, ok, job: typeof job === "string" ? job : undefined };
    },
  };
}

function parseObject(line: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}

function textOf(output: unknown): string {
  return typeof output === "string" ? output : JSON.stringify(output) ?? "";
}

/** Escapes line breaks and control characters. */
function escape(text: string): string {
  return text.replace(
    /[\\\p{Cc}]/gu,
    (char) => ESCAPES.get(char) ?? `\\x${hex(char)}`,
  );
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(2, "0");
}

function quote(value: unknown): string {
  const text = formulaQuoted(`${value ?? ""}`);
  return /[",\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The fields of one record. */
function readFields(record: string, delimiter: "," | "\t"): string[] {
  const lineEnd = "\n";
  const { values } = new CsvSplitter({ delimiter, lineEnd }).first(record);
  return values.map(String);
}
