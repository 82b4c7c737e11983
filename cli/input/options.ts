/**
 * What the options say about an input: what is in it, and what to ask.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { UsageError } from "../messages/errors.ts";
import type { Flags } from "../flags/flags.ts";
import { type Answers, answersOf, readSchemaFile } from "../prompt/schema.ts";
import { hasColumns, hasPlaces } from "../prompt/template.ts";
import { guessFormat } from "../table/format.ts";
import type { Table, TableOptions } from "../table/table.ts";

/** What to ask about each row. */
export interface Prompt {
  /** The text, with places. */
  text: string | undefined;
  /** What goes before it. */
  system: string | undefined;
}

/**
 * @param table Has the row.
 * @param problem What is wrong with it.
 * @returns What to do about it.
 */
export function hintFor({ format }: Table, problem: string): string {
  return format === "requests" && problem.endsWith("isn't JSON")
    ? 'If it is plain text, say what to ask of each line: --prompt "{line}"'
    : "--skip-bad takes the rest";
}

/**
 * @param flags The options.
 * @returns What they ask.
 * @throws {UsageError} If a text is given twice.
 */
export function promptOf(flags: Flags): Prompt {
  return {
    text: textOf(flags, "prompt", "promptFile"),
    system: textOf(flags, "system", "systemFile"),
  };
}

/** A text that is given, or in a file. */
function textOf<Name extends "prompt" | "system">(
  flags: Flags,
  name: Name,
  fileName: `${Name}File`,
): string | undefined {
  const path = flags[fileName];
  if (path === undefined) return flags[name];
  if (flags[name] !== undefined) {
    throw new UsageError(
      `Use either --${name} or --${name}-file, not both`,
    );
  }
  return readFileSync(path, "utf8").replace(/^\uFEFF/, "").replace(
    /\r?\n$/,
    "",
  );
}

/**
 * @param flags The options.
 * @returns What answers must be; undefined if they are any text.
 * @throws {UsageError} If strict mode would refuse the schema.
 */
export function answersFor({ schema, fields }: Flags): Answers | undefined {
  if (schema !== undefined && fields !== undefined) {
    throw new UsageError("Use either --schema or --fields, not both");
  }
  if (schema !== undefined) return answersOf(readSchemaFile(schema), schema);
  return fields === undefined ? undefined : answersOf(fields, "of --fields");
}

/**
 * @param name The input's name.
 * @param head How it begins.
 * @param flags The options.
 * @param prompt What to ask.
 * @returns How it is read.
 */
export function tableOptionsOf(
  name: string,
  head: string,
  { inputFormat, delimiter, image, id }: Flags,
  { text, system }: Prompt,
): TableOptions {
  const ending = extname(name).toLowerCase();
  const isArray = ending === ".json" && /^\s*\[/.test(head);
  if (inputFormat === "json") return { format: inputFormat };
  if (inputFormat !== undefined) return { format: inputFormat, delimiter };
  const isAsked = text !== undefined || image !== undefined;
  const isTable = [".csv", ".tsv", ".tab"].includes(ending);
  if (!isAsked && !isTable && delimiter === undefined) {
    return { format: "requests", isArray };
  }
  const asksColumns = delimiter !== undefined ||
    [text, system].some((template) => hasColumns(template ?? "")) ||
    [image, id].some((column) => column !== undefined && column !== "line");
  return { format: guessFormat(name, head, asksColumns), delimiter };
}

/**
 * Rows need a prompt, and requests take none.
 *
 * @param table What was given.
 * @param flags The options.
 * @param prompt What to ask.
 * @throws {UsageError} If that does not fit.
 */
export function checkPrompt(
  { name, format, columns }: Table,
  { image, id }: Flags,
  { text, system }: Prompt,
): void {
  if (format === "requests") {
    const given = Object.entries({ prompt: text, system, image, id })
      .find(([, value]) => value !== undefined);
    if (!given) return;
    throw new UsageError(
      `--${
        given[0]
      } is for rows, but ${name} holds requests: say what it holds with --input-format, or leave out --${
        given[0]
      }`,
    );
  }
  if (image !== undefined) {
    if (text !== undefined || system !== undefined) return;
    throw new UsageError(
      `Say what to ask about each picture, such as --prompt "Write a caption."`,
    );
  }
  if (text === undefined) {
    const known = columns.map((column) => JSON.stringify(column)).join(", ");
    throw new UsageError(
      known === ""
        ? `${name} has rows: say what to ask about each, such as --prompt "Summarise {text}"`
        : `${name} has rows: say what to ask about each, such as --prompt "Summarise {${
          columns[0]
        }}". Its columns: ${known}`,
    );
  }
  if (hasPlaces(text)) return;
  throw new UsageError(
    `--prompt must name a column, such as {${
      columns[0] ?? "line"
    }}: otherwise every row asks the same`,
  );
}
