/**
 * Rows as a table that fits a terminal, or as lines for other programs.
 *
 * @module
 */

import { printableLine } from "../../src/printable.ts";
import { fit, widthOf } from "../../src/progress/mod.ts";

/** A column. */
export interface Column {
  /** Its head. */
  title: string;
  /** Whether its texts are figures. */
  isNumber?: boolean;
  /** What follows its texts if there are no heads. */
  unit?: string;
  /** May be cut to this many characters if there is too little room. @default never */
  least?: number;
}

/** Between two columns. */
const GAP = "  ";

/**
 * Draws a table with its heads. Columns that may be cut share the room that the
 * others leave. If there is too little, there are no heads, and a row becomes two
 * lines: its first field, and below it the others.
 *
 * @param columns What there is of each row.
 * @param rows The fields.
 * @param width Columns of the terminal; undefined if lines may be of any length.
 * @returns The lines.
 */
export function drawTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string[] {
  const cells = rows.map((row) => row.map(printableLine));
  const widths = columns.map(({ title }, i) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[i]!)))
  );
  const fitted = width === undefined ? widths : shrink(columns, widths, width);
  if (!fitted) return drawPairs(columns, cells, width!);
  const draw = (row: readonly string[]) =>
    row.map((cell, i) => pad(cell, fitted[i]!, columns[i]!)).join(GAP)
      .trimEnd();
  return [draw(columns.map(({ title }) => title)), ...cells.map(draw)];
}

/**
 * @param rows The fields.
 * @returns A line for each, its fields with tabs between them.
 */
export function tabbed(rows: readonly (readonly string[])[]): string[] {
  return rows.map((row) => row.map(printableLine).join("\t"));
}

/** Takes from the widest of those that may be cut; undefined if that is not enough. */
function shrink(
  columns: readonly Column[],
  widths: readonly number[],
  width: number,
): number[] | undefined {
  const fitted = [...widths];
  const sum = () =>
    fitted.reduce(
      (sum, width) => sum + width,
      GAP.length * (widths.length - 1),
    );
  while (sum() > width) {
    let widest = -1;
    for (const [i, { least = Infinity }] of columns.entries()) {
      if (fitted[i]! <= least) continue;
      if (widest < 0 || fitted[i]! > fitted[widest]!) widest = i;
    }
    if (widest < 0) return undefined;
    fitted[widest]!--;
  }
  return fitted;
}

function drawPairs(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  return rows.flatMap(([first = "", ...others]) => {
    const told = others.flatMap((text, i) => {
      const { unit } = columns[i + 1]!;
      return text ? [unit ? `${text} ${unit}` : text] : [];
    });
    return [first, fit(GAP + told.join(", "), width)];
  });
}

function pad(text: string, width: number, { isNumber = false }: Column) {
  const cut = fit(text, width);
  const space = " ".repeat(Math.max(0, width - widthOf(cut)));
  return isNumber ? space + cut : cut + space;
}
