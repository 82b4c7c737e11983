/**
 * What a measurement comes to: a figure and its limit.
 *
 * @module
 */

import process from "node:process";
import { runtime } from "./_process.ts";

/** One figure on one runtime. */
export interface Figure {
  /** What was measured. */
  name: string;
  /** What came out. */
  value: number;
  /** What it may be at most. */
  limit: number;
  /** What both are in. */
  unit: "×" | "KB" | "MB" | "%";
  /** What it was made of. */
  detail: string;
}

/**
 * Prints a figure: as a line, or as JSON after `--json`.
 *
 * @param figure The figure.
 */
export function print(figure: Figure): void {
  const line = process.argv.includes("--json")
    ? JSON.stringify({ runtime, ...figure })
    : `${runtime}: ${describe(figure)}`;
  process.stdout.write(`${line}\n`);
}

/**
 * @param figure A figure.
 * @returns The same in words.
 */
export function describe({ name, value, limit, unit, detail }: Figure): string {
  const verdict = value <= limit ? "pass" : "FAIL";
  return `${name}: ${
    value.toFixed(2)
  } ${unit}, limit ${limit} ${unit}: ${verdict} (${detail})`;
}

/**
 * @param values Numbers.
 * @returns The one in the middle.
 */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
