/**
 * Texts with places for columns: "Summarise {title}: {text}".
 *
 * @module
 */

import { UsageError } from "../messages/errors.ts";
import { nearest } from "../flags/nearest.ts";
import type { Row, Table } from "../table/table.ts";

/** `{{`, `}}`, or a place. */
const MARK = /\{\{|\}\}|\{([^{}]*)\}/g;

/** A text that each row fills in. */
export interface Template {
  /** The columns that it asks for, without `line` and `row`. */
  readonly columns: readonly string[];
  /**
   * @param row A row.
   * @returns The text with the row's values.
   */
  render(row: Row): string;
}

/** A piece of a template: text, or what is put in its place. */
type Piece = string | { name: string };

/**
 * Reads a template.
 *
 * @param text The text: `{name}` stands for a column, `{line}` for the row as it is in the input, `{row}` for the row as JSON; `{{` and `}}` are braces.
 * @param table Has the columns.
 * @returns The template.
 */
export function readTemplate(text: string, table: Table): Template {
  const pieces = piecesOf(text);
  const names = pieces.flatMap((piece) =>
    typeof piece === "string" ? [] : [piece.name]
  );
  const columns = names.filter((name) => name !== "line" && name !== "row");
  return {
    columns: [...new Set(columns)],
    render: (row) => {
      let rendered = "";
      for (const piece of pieces) {
        rendered += typeof piece === "string"
          ? piece
          : valueOf(piece.name, row, table);
      }
      return rendered;
    },
  };
}

/**
 * @param text A template.
 * @returns Whether rows differ in it at all.
 */
export function hasPlaces(text: string): boolean {
  return piecesOf(text).some((piece) => typeof piece !== "string");
}

/**
 * @param text A template.
 * @returns Whether it asks for columns, and not only for whole lines.
 */
export function hasColumns(text: string): boolean {
  return piecesOf(text).some((piece) =>
    typeof piece !== "string" && piece.name !== "line"
  );
}

/**
 * Refuses a name that isn't a column.
 *
 * @param option The option that names it, as "--prompt".
 * @param name The name.
 * @param table Has the columns.
 * @throws {UsageError} If there is no such column, or more than one.
 */
export function checkColumn(option: string, name: string, table: Table): void {
  const { columns } = table;
  const found =
    columns.filter((column) => column === name || column.trim() === name)
      .length;
  if (found === 1) return;
  if (found > 1) {
    throw new UsageError(
      `${option} names ${
        JSON.stringify(name)
      }, but ${table.name} has ${found} columns with that name`,
    );
  }
  const near = nearest(name, columns);
  const hint = near === undefined
    ? ""
    : ` Did you mean ${JSON.stringify(near)}?`;
  const others = option === "--id" || option === "--image"
    ? ""
    : ". {line} is the whole row, {row} the row as JSON; for a brace write {{";
  throw new UsageError(
    `${option} names ${
      JSON.stringify(name)
    }, but ${table.name} has no such column.${hint} Its columns: ${
      listOf(columns)
    }${others}`,
  );
}

function listOf(names: readonly string[]): string {
  return names.length > 0
    ? names.map((name) => JSON.stringify(name)).join(", ")
    : "none";
}

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { index, 0: mark, 1: name } of text.matchAll(MARK)) {
    pieces.push(text.slice(at, index));
    pieces.push(name === undefined ? mark[0]! : { name: name.trim() });
    at = index + mark.length;
  }
  return [...pieces, text.slice(at)].filter((piece) => piece !== "");
}

function valueOf(name: string, row: Row, table: Table): string {
  // A column of that name is meant first.
  const value = table.valueOf(row, name);
  if (value !== undefined) return textOf(value);
  if (name === "line") return row.text;
  if (name === "row") return table.jsonOf(row);
  return "";
}

/**
 * @param value A value of a row.
 * @returns The value as text: null becomes "", and anything but a string JSON.
 */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
